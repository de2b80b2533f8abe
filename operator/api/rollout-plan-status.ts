import { conditions, text, time } from './fragments.ts'
import { gateState, skippedGate } from './gate-state.ts'
import type { Infer, IntegerSchema, ObjectSchema } from './schema.ts'

export const PLAN_PHASES = ['published', 'active', 'paused', 'completed', 'rolled_back', 'cancelled'] as const
export const STAGE_PHASES = ['pending', 'open', 'promoted', 'halted'] as const
export const STRATEGIES = [
  'rollback',
  'retry',
  'skip_failed',
  'halt',
  'cancel',
  'pause',
  'resume',
  'approve',
  'gate-report',
] as const

function count<const D extends string>(description: D) {
  return { type: 'integer', format: 'int32', minimum: 0, description } as const satisfies IntegerSchema
}

const phase = {
  type: 'string',
  enum: PLAN_PHASES,
  description: 'Where the plan stands; derived, for people. Tools should read conditions.',
} as const

const counts = {
  type: 'object',
  description: 'Nodes of the stage by state, counted anew from the nodes themselves each time.',
  required: ['total', 'pending', 'activating', 'activated', 'failed', 'unreachable', 'gone'],
  properties: {
    total: count('Members of the stage.'),
    pending: count('Not reached yet.'),
    activating: count('Labelled, confirmation awaited.'),
    activated: count('Confirmed, and healthy now.'),
    failed: count('Timed out, crashing, or lost after their activation.'),
    unreachable: count('Not Ready before their turn.'),
    gone: count('Deleted since the stage opened.'),
  },
} as const satisfies ObjectSchema

const approval = {
  type: 'object',
  required: ['operator', 'approvedAt', 'recovery'],
  properties: {
    operator: text(512, 'Who approved.'),
    approvedAt: time('When the approval took effect.'),
    recovery: text(253, 'The RolloutRecovery that carries it.'),
  },
} as const satisfies ObjectSchema

const stageStatus = {
  type: 'object',
  required: ['id', 'phase'],
  properties: {
    id: text(63, 'The stage.'),
    phase: { type: 'string', enum: STAGE_PHASES, description: 'promoted and halted are final.' },
    skipped: { type: 'boolean', description: 'Promoted by skip_failed, past its gates.' },
    openedAt: time('When the stage opened.'),
    settledAt: time('Since when all members have been settled within the tolerances; the soak counts from here.'),
    closedAt: time('When it was promoted or halted.'),
    attempt: count('How often its failed nodes have been tried: 1, and one more for each retry.'),
    members: {
      type: 'object',
      description: 'The frozen members, kept in ControllerRevision objects.',
      required: ['count', 'digest'],
      properties: {
        count: count('How many nodes belong to the stage.'),
        digest: text(64, 'Identifies the frozen list.'),
      },
    },
    released: count(
      'How many members, in their frozen order, may have been told to activate. Written before the first of them is, so that a crash or a former leader can never exceed a batch.',
    ),
    confirmed: text(
      65_536,
      'Bitmap (base64, least significant bit first) over the members in frozen order: those that have confirmed. A stop withdraws only nodes that are not in it.',
    ),
    withheld: text(
      65_536,
      'Bitmap like confirmed: members below the released mark that may not be told yet, because they could not be when it passed them, or are to be told again.',
    ),
    retried: text(
      65_536,
      'Bitmap like confirmed: members that had failed when the stage was last retried, and are told again.',
    ),
    counts,
    retriedAt: time('When it was last retried: what its gates had seen before counts for nothing.'),
    gates: { type: 'array', maxItems: 8, description: 'The gates, in their order.', items: gateState },
    skippedGates: {
      type: 'array',
      maxItems: 8,
      description: 'Gates that somebody had passed for this stage, by skip_failed.',
      items: skippedGate,
    },
    approvals: { type: 'array', maxItems: 10, description: 'Approvals of the manual gate.', items: approval },
  },
  'x-kubernetes-validations': [
    {
      rule: "!(oldSelf.phase in ['promoted', 'halted']) || self.phase == oldSelf.phase",
      message: 'a promoted or halted stage is closed for good',
    },
  ],
} as const satisfies ObjectSchema

const failingNode = {
  type: 'object',
  required: ['name', 'stage', 'reason', 'message'],
  properties: {
    name: text(253, 'The node.'),
    stage: text(63, 'Its stage.'),
    reason: text(64, 'A CamelCase code, such as CrashLoopBackOff or TimedOut.'),
    message: text(256, 'What was seen.'),
  },
} as const satisfies ObjectSchema

const historyEntry = {
  type: 'object',
  required: ['at', 'event'],
  properties: {
    at: time('When it took effect.'),
    event: text(64, 'PlanStarted, StageOpened, StagePromoted, Recovered, PlanCompleted, …'),
    stage: text(63, 'The stage it is about.'),
    strategy: text(16, 'The recovery strategy, for Recovered.'),
    operator: text(256, 'Who asked for it; absent for what the operator did by itself.'),
    recovery: text(253, 'The RolloutRecovery that asked for it.'),
    message: text(256, 'What happened, in one sentence.'),
  },
} as const satisfies ObjectSchema

const appliedRecovery = {
  type: 'object',
  description:
    'What was done for the recovery applied last; written in the same write that has its effect, so that it happens once.',
  required: ['uid', 'name', 'strategy', 'previousPhase', 'newPhase', 'recoveredAt'],
  properties: {
    uid: text(64, 'UID of the RolloutRecovery.'),
    name: text(253, 'Its name.'),
    strategy: { type: 'string', enum: STRATEGIES, description: 'What it asked for.' },
    previousPhase: phase,
    newPhase: phase,
    skippedStageId: text(63, 'skip_failed: the stage that was promoted.'),
    skippedGate: text(63, 'skip_failed of one gate: the gate that was passed.'),
    nextStageId: text(63, 'skip_failed: the stage that opened.'),
    recoveredAt: time('When it took effect.'),
  },
} as const satisfies ObjectSchema

export const planStatus = {
  type: 'object',
  description: 'A summary of fixed size, whatever the size of the fleet. Written by the operator process alone.',
  // One writer owns all of it: to keep track of each field takes the API server a seventh of a write.
  'x-kubernetes-map-type': 'atomic',
  required: ['phase'],
  default: {
    phase: 'published',
    conditions: [
      {
        type: 'Ready',
        status: 'Unknown',
        reason: 'Pending',
        message: 'not looked at yet: is a rollout operator process running?',
        lastTransitionTime: '1970-01-01T00:00:00Z',
      },
      {
        type: 'Reconciling',
        status: 'True',
        reason: 'Pending',
        message: 'not looked at yet: is a rollout operator process running?',
        lastTransitionTime: '1970-01-01T00:00:00Z',
      },
    ],
  },
  properties: {
    phase,
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description: 'The metadata.generation that this status speaks of.',
    },
    currentStageId: text(63, 'The stage that is open, halted, or next to open; absent when the plan is complete.'),
    progress: text(32, 'Activated nodes of all members known so far, for the printer column.'),
    startedAt: time('When the plan became active.'),
    updatedAt: time('When it last made progress; being stuck is measured from here.'),
    completedAt: time('When it reached a terminal phase.'),
    waitingFor: text(317, 'The plan that must end first, as namespace/name.'),
    unassigned: count('Nodes of the fleet that no stage takes.'),
    stages: {
      type: 'array',
      maxItems: 32,
      description: 'The stages, in their order.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: stageStatus,
    },
    failingNodes: { type: 'array', maxItems: 20, description: 'The first failing nodes.', items: failingNode },
    history: { type: 'array', maxItems: 20, description: 'The latest transitions, oldest first.', items: historyEntry },
    lastRecovery: appliedRecovery,
    truncated: { type: 'boolean', description: 'Details were left out to keep the status small.' },
    conditions,
  },
  'x-kubernetes-validations': [
    {
      rule: "!(oldSelf.phase in ['completed', 'rolled_back', 'cancelled']) || self.phase == oldSelf.phase",
      message: 'a plan that is completed, rolled_back or cancelled stays so; create a new plan',
    },
    {
      rule: "!has(oldSelf.stages) || oldSelf.stages.all(before, !(before.phase in ['promoted', 'halted']) || (has(self.stages) && self.stages.exists(stage, stage.id == before.id)))",
      message: 'a promoted or halted stage stays on the list',
    },
  ],
} as const satisfies ObjectSchema

export type PlanStatus = Infer<typeof planStatus>
export type PlanPhase = PlanStatus['phase']
export type StageStatus = NonNullable<PlanStatus['stages']>[number]
export type StagePhase = StageStatus['phase']
export type { GateState } from './gate-state.ts'
export type Approval = Infer<typeof approval>
export type Counts = Infer<typeof counts>
export type FailingNode = Infer<typeof failingNode>
export type HistoryEntry = Infer<typeof historyEntry>
export type AppliedRecovery = Infer<typeof appliedRecovery>
export type Condition = Infer<typeof conditions>[number]
