import { CRASH_POINTS, type CrashPoint } from '../fate.ts'
import type { Random } from '../random.ts'

/** What is done to a replica, or to its clock, at one write of a rollout. */
export type Blow =
  /** `told`: by SIGTERM, after the write was sent. */
  | { readonly kind: 'kill'; readonly point: CrashPoint | 'told' }
  /** SIGSTOP, and SIGCONT later; `late`: the write that was on its way arrives when another replica leads. */
  | { readonly kind: 'freeze'; readonly wake: Wake; readonly late: boolean }
  /** Nothing comes through between the replica and the API server. */
  | { readonly kind: 'partition'; readonly whom: Whom; readonly heal: Wake }
  | ({ readonly kind: 'offset'; readonly hours: 1 | -1 } & WrongClock)
  | ({ readonly kind: 'rate' } & WrongClock)
  /** Everything that the leader asks, and is told, takes so long more, for so long. */
  | { readonly kind: 'slow'; readonly ms: number; readonly forMs: number }

/** Before the lease could run out; when the next leader has made so many writes; when the rollout has ended. */
export type Wake =
  | { readonly kind: 'soon'; readonly afterMs: number }
  | { readonly kind: 'replaced'; readonly writes: number }
  | { readonly kind: 'end' }

export type Whom = 'leader' | 'other'

/** The clock goes wrong some writes before; then the leader is killed, or everybody just goes on. */
export type WrongClock = { readonly whom: Whom; readonly earlier: number; readonly killed: boolean }

export const KINDS = [
  'kill',
  'freeze',
  'partition',
  'offset',
  'rate',
  'slow',
] as const satisfies readonly Blow['kind'][]

/** How many times too fast a clock runs. */
export const RATE = 1.5

export function randomBlow(kind: Blow['kind'], random: Random): Blow {
  const clock = (): WrongClock => ({
    whom: random.pick(['leader', 'other']),
    earlier: random.below(4),
    killed: random.chance(0.7),
  })
  switch (kind) {
    case 'kill':
      return { kind, point: random.pick([...CRASH_POINTS, 'told']) }
    case 'freeze': {
      const wake = randomWake(random)
      return { kind, wake, late: wake.kind !== 'soon' && random.chance(0.4) }
    }
    case 'partition':
      return { kind, whom: random.chance(0.8) ? 'leader' : 'other', heal: randomWake(random) }
    case 'offset':
      return { kind, hours: random.pick([1, -1]), ...clock() }
    case 'rate':
      return { kind, ...clock() }
    case 'slow':
      return { kind, ms: random.pick([100, 300, 900, 1_500, 3_000]), forMs: 1_000 + random.below(3_000) }
  }
}

function randomWake(random: Random): Wake {
  return random.pick<Wake>([
    { kind: 'soon', afterMs: 200 + random.below(1_400) },
    { kind: 'replaced', writes: 1 + random.below(6) },
    { kind: 'replaced', writes: 1 + random.below(6) },
    { kind: 'end' },
  ])
}

/** Whether another replica must take over. */
export function takesAway(blow: Blow): boolean {
  switch (blow.kind) {
    case 'kill':
      return true
    case 'freeze':
      return blow.wake.kind !== 'soon'
    case 'partition':
      return blow.whom === 'leader' && blow.heal.kind !== 'soon'
    case 'offset':
    case 'rate':
      return blow.killed
    case 'slow':
      return false
  }
}

/** Whether the leader must go on leading. */
export function leavesAlone(blow: Blow): boolean {
  return (
    (blow.kind === 'partition' && blow.whom === 'other') ||
    ((blow.kind === 'offset' || blow.kind === 'rate') && !blow.killed)
  )
}
