import { PROVENANCE } from '../../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../api/object.ts'
import type { HistoryEntry } from '../../api/rollout-plan-status.ts'
import type { Strategy } from '../../api/rollout-recovery.ts'
import { instant } from '../time.ts'

/** One thing that happened to a plan, or that somebody asked for. */
export type Happening = {
  /** RFC 3339. */
  readonly at: string
  /** PlanCreated, Recovered, Rejected, Requested, or a transition: StageOpened, … */
  readonly event: string
  readonly stageId?: string
  readonly strategy?: Strategy | string
  /** Who, as verified. */
  readonly operator?: string
  /** Who, as claimed. */
  readonly claimedOperator?: string
  readonly door?: string
  /** Name of the RolloutRecovery. */
  readonly recovery?: string
  readonly outcome?: 'succeeded' | 'rejected' | 'pending'
  /** Of a refusal. */
  readonly code?: string
  /** The reason a person gave, or what happened. */
  readonly message?: string
  readonly auditId?: string
}

/**
 * Every recovery of the plan and every transition that its status still has, oldest first.
 *
 * Each recovery is told once: from its own object, which knows most, or from the plan's history when the object was
 * deleted.
 */
export function historyOf(plan: RolloutPlan, recoveries: readonly RolloutRecovery[]): readonly Happening[] {
  const own = recoveries.filter(recovery => isAbout(recovery, plan))
  const names = new Set(own.map(({ metadata }) => metadata.name))
  const entries = (plan.status.history ?? []).filter(({ recovery }) => recovery === undefined || !names.has(recovery))
  const told = [created(plan), ...own.map(asked), ...entries.map(happened)]
  return told
    .map((happening, index) => ({ happening, index }))
    .sort(
      (a, b) =>
        instant(a.happening.at) - instant(b.happening.at) || rank(a.happening) - rank(b.happening) || a.index - b.index,
    )
    .map(({ happening }) => happening)
}

/** Within one second: the creation, then what was asked for, then what followed from it. */
function rank({ event }: Happening): number {
  if (event === 'PlanCreated') return 0
  return event === 'Recovered' || event === 'Rejected' || event === 'Requested' ? 1 : 2
}

/**
 * A verdict names the plan that gave it, unless there was none or another one was meant. What has no verdict yet will have
 * it from this plan. That of an older release names none: of those, times decide, which are whole seconds.
 */
function isAbout({ metadata, spec, status }: RolloutRecovery, plan: RolloutPlan): boolean {
  if (spec.planName !== plan.metadata.name || metadata.namespace !== plan.metadata.namespace) return false
  if (status.code === 'plan_not_found' || status.code === 'plan_replaced') return false
  const uid = spec.planUid ?? status.planUid
  if (uid !== undefined) return uid === plan.metadata.uid
  return instant(metadata.creationTimestamp) >= instant(plan.metadata.creationTimestamp)
}

function created(plan: RolloutPlan): Happening {
  const operator = plan.metadata.annotations?.[PROVENANCE.createdBy]
  return {
    at: plan.metadata.creationTimestamp,
    event: 'PlanCreated',
    ...provenance(plan),
    ...(operator === undefined ? {} : { operator }),
  }
}

const WORDS = {
  Succeeded: { event: 'Recovered', outcome: 'succeeded' },
  Rejected: { event: 'Rejected', outcome: 'rejected' },
  Pending: { event: 'Requested', outcome: 'pending' },
} as const

function asked(recovery: RolloutRecovery): Happening {
  const { metadata, spec, status } = recovery
  const { strategy, reason, operator } = spec
  const stageId = status.skippedStageId ?? spec.stageId
  return {
    at: status.recoveredAt ?? metadata.creationTimestamp,
    ...WORDS[status.phase],
    strategy,
    message: reason,
    recovery: metadata.name,
    ...provenance(recovery),
    ...(stageId === undefined ? {} : { stageId }),
    ...(operator === undefined ? {} : { operator }),
    ...(status.code === undefined ? {} : { code: status.code }),
  }
}

function happened({ at, event, stage, strategy, operator, recovery, message }: HistoryEntry): Happening {
  return {
    at,
    event,
    ...(stage === undefined ? {} : { stageId: stage }),
    ...(strategy === undefined ? {} : { strategy, outcome: 'succeeded' as const }),
    ...(operator === undefined ? {} : { operator }),
    ...(recovery === undefined ? {} : { recovery }),
    ...(message === undefined ? {} : { message }),
  }
}

function provenance({ metadata: { annotations = {} } }: RolloutPlan | RolloutRecovery) {
  const claimedOperator = annotations[PROVENANCE.claimedOperator]
  const auditId = annotations[PROVENANCE.auditId]
  return {
    door: annotations[PROVENANCE.door] ?? 'apply',
    ...(claimedOperator === undefined ? {} : { claimedOperator }),
    ...(auditId === undefined ? {} : { auditId }),
  }
}
