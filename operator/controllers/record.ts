import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import { API_VERSION } from '../api/names.ts'
import type { AuditLine } from '../api/audit.ts'
import type { HistoryEntry, PlanStatus } from '../api/rollout-plan-status.ts'
import type { RecoveryStatus } from '../api/rollout-recovery.ts'

/** A Kubernetes Event to be written beside a transition. */
export type EventDraft = {
  readonly regarding: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly namespace: string
    readonly uid: string
  }
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
  /** Identifies the occurrence: told again after a crash, it gives no second Event. */
  readonly id: string
}

export type Records = { readonly events: readonly EventDraft[]; readonly audit: readonly AuditLine[] }

/** Who acts when no person does. */
const SYSTEM = 'autonomy-rollouts'

const WARNINGS = new Set(['StageSkipped', 'StageHalted', 'PlanRolledBack', 'PlanCancelled'])

/** What a committed status write of a plan is to leave behind: one record a transition, and one when it stalls or gets stuck. */
export function recordsOf(plan: RolloutPlan, after: PlanStatus, transitions: readonly HistoryEntry[]): Records {
  const ref = reference('RolloutPlan', plan)
  const alarms = (['Stuck', 'Stalled'] as const).flatMap(type => {
    const now = after.conditions?.find(condition => condition.type === type)
    const before = plan.status.conditions?.find(condition => condition.type === type)
    if (now?.status !== 'True' || (before?.status === 'True' && before.reason === now.reason)) return []
    return [
      {
        regarding: ref,
        type: 'Warning',
        reason: type === 'Stuck' ? 'Stuck' : now.reason,
        action: type,
        note: now.message,
        id: `${type}/${now.reason}/${now.lastTransitionTime}`,
      } as const,
    ]
  })
  const told = transitions.map((entry): EventDraft => ({
    regarding: ref,
    type: WARNINGS.has(entry.event) ? 'Warning' : 'Normal',
    reason: entry.event,
    action: entry.strategy ?? entry.event,
    note: sentence(entry),
    id: `${entry.event}/${entry.recovery ?? entry.stage ?? ''}/${entry.at}`,
  }))
  const once = alarms.filter((alarm, position) => alarms.findIndex(other => other.note === alarm.note) === position)
  return {
    events: [...told, ...once, ...unassignedWarning(plan, after)],
    audit: transitions.map(entry => auditLine(plan, entry)),
  }
}

/** Told once, when nodes first turn out to belong to no stage. */
function unassignedWarning(plan: RolloutPlan, after: PlanStatus): readonly EventDraft[] {
  const count = after.unassigned ?? 0
  if (count === 0 || (plan.status.unassigned ?? 0) > 0) return []
  const note = `${count} nodes of the fleet belong to no stage and will not be activated; a last stage with nodes: {} takes everyone left`
  return [
    {
      regarding: reference('RolloutPlan', plan),
      type: 'Warning',
      reason: 'NodesUnassigned',
      action: 'Survey',
      note,
      id: 'unassigned',
    },
  ]
}

/** What a judged recovery leaves behind, on the recovery itself. */
export function recordsOfVerdict(recovery: RolloutRecovery, status: RecoveryStatus, at: string): Records {
  const { planName, strategy, reason, operator } = recovery.spec
  const refused = status.phase === 'Rejected'
  const event: EventDraft = {
    regarding: reference('RolloutRecovery', recovery),
    type: refused ? 'Warning' : 'Normal',
    reason: status.phase,
    action: strategy,
    note: status.message ?? status.phase,
    id: 'verdict',
  }
  if (!refused) return { events: [event], audit: [] }
  return {
    events: [event],
    audit: [
      {
        event_name: 'rollout.recovery.rejected',
        category: 'rollout',
        action: strategy,
        outcome: 'failure',
        source: 'orchestrator',
        timestamp: at,
        actor: operator ?? 'unknown',
        resource_type: 'rollout_plan',
        resource: `${recovery.metadata.namespace}/${planName}`,
        fields: { recovery: recovery.metadata.name, reason, code: status.code ?? '' },
      },
    ],
  }
}

const EVENT_NAMES: { readonly [event: string]: string } = {
  PlanStarted: 'rollout.plan.started',
  StageOpened: 'rollout.stage.opened',
  StagePromoted: 'rollout.stage.promoted',
  StageSkipped: 'rollout.stage.skipped',
  StageHalted: 'rollout.stage.halted',
  Recovered: 'rollout.recovered',
  PlanCompleted: 'rollout.plan.completed',
  PlanRolledBack: 'rollout.plan.rolled_back',
  PlanCancelled: 'rollout.plan.cancelled',
}

function auditLine(
  plan: RolloutPlan,
  { event, at, stage, strategy, operator, recovery, message }: HistoryEntry,
): AuditLine {
  return {
    event_name: EVENT_NAMES[event] ?? `rollout.${event}`,
    category: 'rollout',
    action: strategy ?? event,
    outcome: 'success',
    source: 'orchestrator',
    timestamp: at,
    actor: operator ?? (strategy === undefined ? SYSTEM : 'unknown'),
    resource_type: 'rollout_plan',
    resource: `${plan.metadata.namespace}/${plan.metadata.name}`,
    fields: {
      plan_uid: plan.metadata.uid,
      ...(stage === undefined ? {} : { stage }),
      ...(recovery === undefined ? {} : { recovery }),
      ...(message === undefined ? {} : { reason: message }),
    },
  }
}

function sentence({ event, stage, strategy, operator, message }: HistoryEntry): string {
  if (strategy !== undefined) return `${strategy} by ${operator ?? 'unknown'}: ${message ?? 'no reason given'}`
  return SENTENCES[event]?.(stage ?? '') ?? event
}

const SENTENCES: { readonly [event: string]: (stage: string) => string } = {
  PlanStarted: () => 'the plan has started',
  StageOpened: stage => `stage ${stage} is open: its nodes are activated in batches`,
  StagePromoted: stage => `stage ${stage} is promoted: its nodes have settled and its gates have passed`,
  StageSkipped: stage => `stage ${stage} is promoted past its gates`,
  StageHalted: stage => `stage ${stage} is halted for good: nodes in flight get back what they had`,
  PlanCompleted: () => 'the plan is completed',
  PlanRolledBack: () =>
    'the plan is rolled back: no node is activated any more, nodes in flight get back what they had',
  PlanCancelled: () => 'the plan is cancelled: no node is activated any more, nodes in flight get back what they had',
}

function reference(kind: string, { metadata }: RolloutPlan | RolloutRecovery): EventDraft['regarding'] {
  const { name, namespace, uid } = metadata
  return { apiVersion: API_VERSION, kind, name, namespace, uid }
}
