import { API_VERSION, PROVENANCE } from '../api/names.ts'
import { type RolloutPlan, type RolloutRecovery, nameOf } from '../api/object.ts'
import { type GateChange, gateChanges, gateEvents } from './gate-record.ts'
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

export type Records = {
  readonly events: readonly EventDraft[]
  readonly audit: readonly AuditLine[]
  readonly gates: readonly GateChange[]
}

/** Who acts when no person does. */
const SYSTEM = 'autonomy-rollouts'

const WARNINGS = new Set(['StageSkipped', 'GateSkipped', 'StageHalted', 'PlanRolledBack', 'PlanCancelled'])

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
    id: `${entry.event}/${entry.recovery ?? `${entry.stage ?? ''}${entry.message ?? ''}`}/${entry.at}`,
  }))
  const once = alarms.filter((alarm, position) => alarms.findIndex(other => other.note === alarm.note) === position)
  const gates = gateChanges(plan, after)
  return {
    events: [...told, ...gateEvents(gates, ref), ...once, ...unassignedWarning(plan, after)],
    gates,
    audit: [
      ...(plan.status.observedGeneration === undefined ? [creationLine(plan)] : []),
      // What people asked for is told with the verdict, which knows who they are and how they came.
      ...transitions.filter(({ event }) => event !== 'Recovered').map(entry => transitionLine(plan, entry)),
    ],
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

/** What a judged recovery leaves behind, on the recovery itself and in the audit trail. */
export function recordsOfVerdict(recovery: RolloutRecovery, status: RecoveryStatus, at: string): Records {
  const { planName, planUid, stageId, gate, strategy, reason, operator } = recovery.spec
  const refused = status.phase === 'Rejected'
  const event: EventDraft = {
    regarding: reference('RolloutRecovery', recovery),
    type: refused ? 'Warning' : 'Normal',
    reason: status.phase,
    action: strategy,
    note: status.message ?? status.phase,
    id: 'verdict',
  }
  const line: AuditLine = {
    event_name: refused ? 'rollout.recovery.rejected' : 'rollout.recovered',
    category: 'rollout',
    action: strategy,
    outcome: refused ? 'failure' : 'success',
    source: 'orchestrator',
    timestamp: status.recoveredAt ?? at,
    actor: operator ?? 'unknown',
    resource_type: 'rollout_plan',
    resource: `${recovery.metadata.namespace}/${planName}`,
    fields: present({
      plan_uid: planUid,
      stage: status.skippedStageId ?? stageId,
      gate,
      recovery: recovery.metadata.name,
      reason,
      code: status.code,
      previous_phase: status.previousPhase,
      new_phase: status.newPhase,
      ...provenance(recovery),
    }),
  }
  return { events: [event], audit: [line], gates: [] }
}

const EVENT_NAMES: { readonly [event: string]: string } = {
  PlanStarted: 'rollout.plan.started',
  StageOpened: 'rollout.stage.opened',
  StagePromoted: 'rollout.stage.promoted',
  StageSkipped: 'rollout.stage.skipped',
  StageHalted: 'rollout.stage.halted',
  GateSkipped: 'rollout.gate.skipped',
  PlanCompleted: 'rollout.plan.completed',
  PlanRolledBack: 'rollout.plan.rolled_back',
  PlanCancelled: 'rollout.plan.cancelled',
}

function transitionLine(plan: RolloutPlan, { event, at, stage, message }: HistoryEntry): AuditLine {
  return {
    event_name: EVENT_NAMES[event] ?? `rollout.${event}`,
    category: 'rollout',
    action: event,
    outcome: 'success',
    source: 'orchestrator',
    timestamp: at,
    actor: SYSTEM,
    resource_type: 'rollout_plan',
    resource: nameOf(plan),
    fields: present({ plan_uid: plan.metadata.uid, stage, reason: message }),
  }
}

/** Told when the operator first writes the plan's status: whichever door it was created through. */
function creationLine(plan: RolloutPlan): AuditLine {
  return {
    event_name: 'rollout.plan.created',
    category: 'rollout',
    action: 'create',
    outcome: 'success',
    source: 'orchestrator',
    timestamp: plan.metadata.creationTimestamp,
    actor: plan.metadata.annotations?.[PROVENANCE.createdBy] ?? 'unknown',
    resource_type: 'rollout_plan',
    resource: nameOf(plan),
    fields: present({ plan_uid: plan.metadata.uid, artifact_ref: plan.spec.artifactRef, ...provenance(plan) }),
  }
}

/** How a request came, as far as its object says: nothing but the door for what came through `kubectl apply`. */
function provenance({ metadata: { annotations = {} } }: RolloutPlan | RolloutRecovery) {
  return {
    door: annotations[PROVENANCE.door] ?? 'apply',
    user_uid: annotations[PROVENANCE.userUid],
    claimed_operator: annotations[PROVENANCE.claimedOperator],
    audit_id: annotations[PROVENANCE.auditId],
  }
}

function present(fields: { readonly [name: string]: string | undefined }): AuditLine['fields'] {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function sentence({ event, stage, strategy, operator, message }: HistoryEntry): string {
  if (strategy !== undefined) return `${strategy} by ${operator ?? 'unknown'}: ${message ?? 'no reason given'}`
  if (event === 'GateSkipped')
    return `gate ${message ?? ''} of stage ${stage ?? ''} is passed by skip_failed; the others still hold`
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
