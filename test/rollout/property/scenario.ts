import fc from 'fast-check'
import type { RolloutPlan } from '../../../operator/api/object.ts'
import type { ConfirmSpec, GateSpec, StageSpec } from '../../../operator/api/rollout-plan.ts'
import type { Strategy } from '../../../operator/api/rollout-recovery.ts'
import { plan as aPlan, stage as aStage } from '../build.ts'

/** What a sequence is about: a fleet, a plan or two, and what happens to them. Plain data, so that it prints and replays. */
export type Scenario<E = Event> = {
  readonly first: PlanShape
  readonly second: PlanShape
  readonly nodes: readonly NodeShape[]
  readonly events: readonly E[]
  /** Bit by bit: after which events the operator does not get to work before the next one. */
  readonly held: number
}

export type PlanShape = {
  readonly confirm: 'ready' | 'annotation' | 'pod'
  readonly minReadySeconds: number
  readonly timeoutSeconds: number
  readonly stuckAfterSeconds: number
  /** Only nodes with this pool label; undefined: all. */
  readonly pool: string | undefined
  readonly stages: readonly StageShape[]
}

export type StageShape = {
  readonly ring: string | undefined
  readonly limit: number | string | undefined
  readonly allowEmpty: boolean
  readonly batchSize: number | string
  readonly maxFailures: number | string
  readonly maxUnreachable: number | string
  readonly gates: readonly GateSpec[]
}

export type NodeShape = { readonly ring: string; readonly pool: string; readonly ready: boolean }

/** Machines, people and time; `look` is the next time at which time alone may change something. */
export type Happening = Ordinary | { readonly kind: 'look' }

export type Event = Happening | Fault

/** What machines and people do. */
export type Ordinary =
  | ({ readonly kind: 'add' } & NodeShape)
  | { readonly kind: 'delete' | 'recreate' | 'podGone'; readonly node: number }
  | { readonly kind: 'ready' | 'podReady' | 'move'; readonly node: number; readonly ok: boolean }
  | { readonly kind: 'report'; readonly node: number; readonly what: 'release' | 'failure' | 'nothing' | 'other' }
  | { readonly kind: 'wave'; readonly except: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'publish' | 'replace' }
  | { readonly kind: 'relabel'; readonly node: number; readonly value: 'nothing' | 'other' | 'release' }
  | { readonly kind: 'recover'; readonly ask: Ask }

export type Ask = {
  readonly strategy: Strategy
  readonly operator: 'alice' | 'bob' | 'carol'
  /** Which stage it names: the current one, one by position, or none. */
  readonly stage: 'current' | 'none' | number
  readonly plan: 'first' | 'second' | 'third'
  /** `early`: it names no UID, and is older than the plan. */
  readonly uid: 'none' | 'right' | 'wrong' | 'early'
  /** skip_failed: one gate only, which the stage may have. */
  readonly gate?: 'time_soak' | 'health' | 'manual' | 'nobody' | undefined
}

/** What may go wrong with the operator itself. */
export type Fault =
  /** The process dies at the so many-eth crossing from now; another takes over at once, or (`down`) after the next event. */
  | { readonly kind: 'crash'; readonly crossings: number; readonly down: boolean }
  /** The answer to a write is lost; what the write changed is not seen. */
  | { readonly kind: 'lost'; readonly crossings: number }
  /** Another process takes over; the former one does not notice yet. */
  | { readonly kind: 'failOver' }
  /**
   * A former leader does what it still believes it should. It sees the nodes whose bit is set as they were when it
   * was left behind, the others as they are.
   */
  | { readonly kind: 'former'; readonly which: number; readonly does: 'patches' | 'step'; readonly old: number }
  /** The leader's watch of a node lags from now on; or catches up. */
  | { readonly kind: 'lag'; readonly node: number }
  /** The leader's watch of the member lists lags from now on. */
  | { readonly kind: 'lagLists' }
  | { readonly kind: 'catchUp' }
  | { readonly kind: 'blind'; readonly blind: boolean }

const index = fc.nat(11)
const amounts = fc.constantFrom<(number | string)[]>(1, 2, 3, '10%', '25%', '50%', '100%')
const tolerances = fc.constantFrom<(number | string)[]>(0, 0, 0, 1, 2, '10%', '34%', '50%')
const rings = fc.constantFrom('canary', 'wide')
const pools = fc.constantFrom('a', 'a', 'b')

const gates: fc.Arbitrary<readonly GateSpec[]> = fc
  .tuple(
    fc.option(fc.constantFrom(0, 10, 60, 4000), { nil: undefined, freq: 2 }),
    fc.option(fc.tuple(fc.constantFrom(1, 50, 95, 100), fc.constantFrom(undefined, 0, 60)), {
      nil: undefined,
      freq: 2,
    }),
    fc.option(fc.constantFrom(undefined, 1, 2), { nil: undefined, freq: 2 }),
    fc.boolean(),
  )
  .map(([soak, health, approvals, manual]) => [
    ...(soak === undefined ? [] : [{ kind: 'time_soak' as const, seconds: soak }]),
    ...(health === undefined
      ? []
      : [
          {
            kind: 'health' as const,
            minPercent: health[0],
            ...(health[1] === undefined ? {} : { forSeconds: health[1] }),
          },
        ]),
    ...(manual && approvals !== undefined ? [{ kind: 'manual' as const, approvals }] : []),
  ])

const stageShape: fc.Arbitrary<StageShape> = fc.record({
  ring: fc.constantFrom(undefined, undefined, 'canary', 'wide'),
  limit: fc.constantFrom<(number | string | undefined)[]>(undefined, undefined, undefined, 1, 2, '10%', '50%'),
  allowEmpty: fc.boolean(),
  batchSize: amounts,
  maxFailures: tolerances,
  maxUnreachable: tolerances,
  gates,
})

const planShape: fc.Arbitrary<PlanShape> = fc.record({
  confirm: fc.constantFrom('ready', 'annotation', 'annotation', 'pod'),
  minReadySeconds: fc.constantFrom(0, 0, 10),
  timeoutSeconds: fc.constantFrom(30, 600),
  stuckAfterSeconds: fc.constantFrom(120, 3600),
  pool: fc.constantFrom(undefined, undefined, 'a'),
  stages: fc.array(stageShape, { minLength: 1, maxLength: 3, size: 'max' }),
})

const nodeShape: fc.Arbitrary<NodeShape> = fc.record({
  ring: rings,
  pool: pools,
  ready: fc.constantFrom(true, true, true, true, false),
})

const ask: fc.Arbitrary<Ask> = fc.record({
  strategy: fc.constantFrom(
    ...(['rollback', 'cancel', 'halt', 'skip_failed', 'skip_failed', 'pause', 'resume', 'retry', 'retry'] as const),
    ...(['approve', 'approve', 'approve'] as const),
  ),
  operator: fc.constantFrom('alice', 'bob', 'carol'),
  stage: fc.constantFrom<Ask['stage'][]>('current', 'current', 'current', 'none', 0, 1, 2),
  plan: fc.constantFrom('first', 'first', 'first', 'first', 'first', 'second', 'second', 'third'),
  gate: fc.constantFrom(undefined, undefined, undefined, 'time_soak', 'health', 'manual', 'nobody'),
  uid: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'none', 'right', 'right', 'wrong', 'early'),
})

/** What machines and people do. */
const ordinary: readonly fc.WeightedArbitrary<Happening>[] = [
  { weight: 2, arbitrary: nodeShape.map(shape => ({ kind: 'add', ...shape })) },
  { weight: 1, arbitrary: index.map(node => ({ kind: 'delete', node })) },
  { weight: 1, arbitrary: index.map(node => ({ kind: 'recreate', node })) },
  { weight: 1, arbitrary: index.map(node => ({ kind: 'podGone', node })) },
  { weight: 3, arbitrary: fc.tuple(index, fc.boolean()).map(([node, ok]) => ({ kind: 'ready', node, ok })) },
  { weight: 2, arbitrary: fc.tuple(index, fc.boolean()).map(([node, ok]) => ({ kind: 'podReady', node, ok })) },
  { weight: 1, arbitrary: fc.tuple(index, fc.boolean()).map(([node, ok]) => ({ kind: 'move', node, ok })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(index, fc.constantFrom('release', 'failure', 'nothing', 'other'))
      .map(([node, what]) => ({ kind: 'report', node, what })),
  },
  { weight: 8, arbitrary: fc.constantFrom(0, 0, 0, 1, 2, 5).map(except => ({ kind: 'wave', except })) },
  { weight: 6, arbitrary: fc.constantFrom(1, 10, 30, 60, 600, 4000).map(seconds => ({ kind: 'wait', seconds })) },
  { weight: 4, arbitrary: fc.constant({ kind: 'look' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'publish' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'replace' }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(index, fc.constantFrom('nothing', 'other', 'release'))
      .map(([node, value]) => ({ kind: 'relabel', node, value })),
  },
  { weight: 9, arbitrary: ask.map(wanted => ({ kind: 'recover', ask: wanted })) },
]

const oldNodes = fc.oneof(fc.constantFrom(0, 0xfff), fc.nat(0xfff))

const faults: readonly fc.WeightedArbitrary<Fault>[] = [
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(14), fc.boolean()).map(([crossings, down]) => ({ kind: 'crash', crossings, down })),
  },
  { weight: 2, arbitrary: fc.nat(10).map(crossings => ({ kind: 'lost', crossings })) },
  { weight: 3, arbitrary: fc.constant({ kind: 'failOver' }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(2), fc.constantFrom('patches', 'patches', 'step'), oldNodes)
      .map(([which, does, old]) => ({ kind: 'former', which, does, old })),
  },
  { weight: 4, arbitrary: index.map(node => ({ kind: 'lag', node })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lagLists' }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'catchUp' }) },
  { weight: 1, arbitrary: fc.boolean().map(blind => ({ kind: 'blind', blind })) },
]

const MASK = 2 ** 24 - 1

function scenarios<E>(events: readonly fc.WeightedArbitrary<E>[], most: number): fc.Arbitrary<Scenario<E>> {
  return fc.record({
    first: planShape,
    second: planShape,
    nodes: fc.array(nodeShape, { maxLength: 12, size: 'max' }),
    events: fc.array(fc.oneof(...events), { maxLength: most, size: 'max' }),
    held: fc.tuple(fc.nat(MASK), fc.nat(MASK)).map(([a, b]) => a & b),
  })
}

/** Sequences in which the operator itself never fails. */
export const orderly = scenarios(ordinary, 24)
/** Sequences in which processes die, are taken over, and see old versions. */
export const disorderly = scenarios<Event>([...ordinary, ...faults], 24)

/** Whether the operator gets to work after the event at this position. */
export function isHeld({ held }: Scenario<unknown>, position: number): boolean {
  return (held & (1 << position)) !== 0
}

/** The plan object of a shape. */
export function planOf(shape: PlanShape, name: string, uid: string, createdSeconds: number): RolloutPlan {
  const release = `${name}-release`
  const confirm: ConfirmSpec = {
    kind: shape.confirm,
    minReadySeconds: shape.minReadySeconds,
    ...(shape.confirm === 'pod' ? { namespace: 'fleet', selector: { matchLabels: { app: 'agent', release } } } : {}),
  }
  const stages = shape.stages.map((stage, position) => stageOf(stage, `stage-${position + 1}`))
  return aPlan({
    name,
    uid,
    created: createdSeconds,
    stages,
    ...(shape.pool === undefined ? {} : { fleet: { pool: shape.pool } }),
    confirm,
    timeoutSeconds: shape.timeoutSeconds,
    spec: { release, stuckAfterSeconds: shape.stuckAfterSeconds },
  })
}

function stageOf({ ring, limit, ...rest }: StageShape, id: string): StageSpec {
  const nodes = {
    ...(ring === undefined ? {} : { selector: { matchLabels: { ring } } }),
    ...(limit === undefined ? {} : { limit }),
  }
  return aStage(id, { ...rest, nodes })
}
