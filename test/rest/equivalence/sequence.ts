import fc from 'fast-check'
import { STRATEGIES } from '../../../operator/api/rollout-plan-status.ts'
import type { Strategy } from '../../../operator/api/rollout-recovery.ts'

/** One thing somebody asks of a plan. */
export type Action = {
  readonly strategy: Strategy
  /** Index of the operator who asks. */
  readonly who: number
  /** A stage as precondition, or the stage whose gate is approved. */
  readonly stageId?: string
  /** skip_failed: this gate only. gate-report: the gate. */
  readonly gate?: string
}

export const STAGES = ['stage-01', 'stage-02', 'stage-03'] as const
export const PEOPLE = ['alice', 'bob'] as const

const stage = fc.constantFrom(...STAGES)

/** `recover` and its kin take a stage as precondition; cancelling does not through REST, and approving must. */
const action: fc.Arbitrary<Action> = fc
  .record({
    strategy: fc.constantFrom(...STRATEGIES),
    who: fc.nat(PEOPLE.length - 1),
    wanted: fc.option(stage, { freq: 3 }),
    approved: stage,
    gate: fc.option(fc.constantFrom('manual', 'nobody'), { freq: 2 }),
  })
  .map(({ strategy, who, wanted, approved, gate }) => {
    if (strategy === 'approve') return { strategy, who, stageId: approved }
    if (strategy === 'gate-report') return { strategy, who, stageId: approved, gate: gate ?? 'manual' }
    const one = strategy !== 'skip_failed' || gate === null ? {} : { gate }
    return { strategy, who, ...one, ...(wanted === null || strategy === 'cancel' ? {} : { stageId: wanted }) }
  })

/** That many sequences of one to five actions, always the same for one seed. */
export function sequences(count: number, seed: number): readonly (readonly Action[])[] {
  return fc.sample(fc.array(action, { minLength: 1, maxLength: 5 }), { numRuns: count, seed })
}
