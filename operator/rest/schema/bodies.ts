import { conditions, DNS_LABEL, text, time } from '../../api/fragments.ts'
import { planSpec } from '../../api/rollout-plan.ts'
import { GATE_STATES, PLAN_PHASES, STAGE_PHASES, STRATEGIES } from '../../api/rollout-plan-status.ts'
import type { Infer, IntegerSchema, ObjectSchema, StringSchema } from '../../api/schema.ts'
import { NODE_STATES } from '../../rollout/report/node.ts'
import { checked } from './check.ts'
import { snakeSchema } from './snake.ts'

/** Every body of the surface, each written once: the types, the checks and the OpenAPI description come from here. */

const COUNTS = ['total', 'pending', 'activating', 'activated', 'failed', 'unreachable', 'gone'] as const

function whole<const D extends string>(description: D) {
  return { type: 'integer', format: 'int64', minimum: 0, description } as const satisfies IntegerSchema
}

function word<const W extends readonly string[]>(words: W, description: string) {
  return { type: 'string', enum: words, description } as const satisfies StringSchema
}

const kind = text(64, 'What this object is.')
const apiVersion = text(64, 'orchestrator.autonomyops.dev/v1.')
const planId = text(253, 'The plan: the name of its RolloutPlan.')
const stageId = text(63, 'The stage.')
const reason = {
  type: 'string',
  minLength: 1,
  maxLength: 1024,
  pattern: '\\S',
  description: 'Why, in words, for whoever reads the record later.',
} as const satisfies StringSchema

const listMetadata = {
  type: 'object',
  description: 'Of the answer.',
  properties: {
    resourceVersion: text(64, 'The version this was read at.'),
    continue: text(512, 'Give it back to get the next page; absent on the last one.'),
    remainingItemCount: whole('How many items follow after this page.'),
  },
} as const satisfies ObjectSchema

const gateRow = {
  type: 'object',
  required: ['name', 'kind', 'state', 'passed', 'detail'],
  properties: {
    name: text(63, 'Name of the gate.'),
    kind: text(63, 'time_soak, health or manual.'),
    state: word(GATE_STATES, 'unknown never passes and never counts as failure.'),
    passed: { type: 'boolean', description: 'Whether the state is passed.' },
    since: time('Since when it has been in this state; absent when it was never asked.'),
    detail: text(512, 'What it saw, in one sentence.'),
  },
} as const satisfies ObjectSchema

const counts = {
  type: 'object',
  description: 'Members of the stage by state.',
  required: COUNTS,
  properties: {
    total: whole('Members.'),
    pending: whole('Not reached yet.'),
    activating: whole('Labelled, confirmation awaited.'),
    activated: whole('Confirmed.'),
    failed: whole('Timed out, crashing, or lost after their activation.'),
    unreachable: whole('Not Ready before their turn.'),
    gone: whole('Deleted since the stage opened.'),
  },
} as const satisfies ObjectSchema

const stageRow = {
  type: 'object',
  required: ['stage_id', 'phase', 'gates'],
  properties: {
    stage_id: stageId,
    phase: word(STAGE_PHASES, 'promoted and halted are final.'),
    skipped: { type: 'boolean', description: 'Promoted by skip_failed, past its gates.' },
    opened_at: time('When it opened.'),
    settled_at: time('Since when its nodes have settled.'),
    closed_at: time('When it was promoted or halted.'),
    counts,
    gates: { type: 'array', maxItems: 8, description: 'Its gates.', items: gateRow },
  },
} as const satisfies ObjectSchema

const conditionRow = {
  ...conditions,
  items: {
    type: 'object',
    required: ['type', 'status', 'reason', 'message', 'last_transition_time'],
    properties: {
      type: conditions.items.properties.type,
      status: conditions.items.properties.status,
      reason: conditions.items.properties.reason,
      message: conditions.items.properties.message,
      last_transition_time: conditions.items.properties.lastTransitionTime,
    },
  },
} as const

export const rollout = {
  type: 'object',
  description: 'A RolloutPlan and where it stands.',
  required: [
    'kind',
    'apiVersion',
    'metadata',
    'plan_id',
    'namespace',
    'uid',
    'phase',
    'artifact_ref',
    'release',
    'created_at',
    'updated_at',
    'stages',
    'failing_nodes',
    'conditions',
  ],
  properties: {
    kind,
    apiVersion,
    metadata: {
      type: 'object',
      description: 'That of the RolloutPlan.',
      required: ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'generation'],
      properties: {
        name: planId,
        namespace: text(63, 'Its namespace.'),
        uid: text(64, 'Its UID: another plan of the same name has another.'),
        resourceVersion: text(64, 'Its version.'),
        creationTimestamp: time('When it was created.'),
        generation: whole('Always 1: a plan cannot be edited.'),
      },
    },
    plan_id: planId,
    namespace: text(63, 'Where the RolloutPlan is.'),
    uid: text(64, 'Its UID.'),
    phase: word(PLAN_PHASES, 'Where the plan stands. completed, rolled_back and cancelled are final.'),
    current_stage_id: text(63, 'The stage that is open, halted, or next to open.'),
    artifact_ref: text(1024, 'What the nodes are to run.'),
    release: text(63, 'Value of the activation label on activated nodes.'),
    progress: text(32, 'Activated nodes of all members known so far.'),
    created_at: time('When it was created.'),
    created_by: text(512, 'Who created it, as the API server verified.'),
    started_at: time('When it became active.'),
    updated_at: time('When it last made progress; being stuck is measured from here.'),
    completed_at: time('When it reached a final phase.'),
    waiting_for: text(317, 'The plan that must end first.'),
    unassigned: whole('Nodes of the fleet that no stage takes.'),
    stages: { type: 'array', maxItems: 32, description: 'The stages, in their order.', items: stageRow },
    failing_nodes: {
      type: 'array',
      maxItems: 20,
      description: 'The first failing nodes.',
      items: {
        type: 'object',
        required: ['name', 'stage_id', 'reason', 'message'],
        properties: {
          name: text(253, 'The node.'),
          stage_id: stageId,
          reason: text(64, 'A CamelCase code, such as CrashLoopBackOff or TimedOut.'),
          message: text(256, 'What was seen.'),
        },
      },
    },
    conditions: conditionRow,
    dry_run: { type: 'boolean', description: 'Nothing was done: this is what would be.' },
  },
} as const satisfies ObjectSchema

export const rolloutList = {
  type: 'object',
  description: 'Plans of a namespace, by name.',
  required: ['kind', 'apiVersion', 'metadata', 'plans', 'items'],
  properties: {
    kind,
    apiVersion,
    metadata: listMetadata,
    plans: {
      type: 'array',
      maxItems: 5_000,
      description: 'The page in short.',
      items: {
        type: 'object',
        required: ['plan_id', 'phase', 'updated_at', 'artifact_ref'],
        properties: {
          plan_id: planId,
          phase: word(PLAN_PHASES, 'Where it stands.'),
          current_stage_id: stageId,
          updated_at: time('When it last made progress.'),
          artifact_ref: text(1024, 'What the nodes are to run.'),
        },
      },
    },
    items: { type: 'array', maxItems: 5_000, description: 'The page in full.', items: rollout },
  },
} as const satisfies ObjectSchema

export const stuckReport = {
  type: 'object',
  description: 'Plans that have made no progress for longer than the threshold, longest first.',
  required: ['kind', 'apiVersion', 'metadata', 'stuck_plans'],
  properties: {
    kind,
    apiVersion,
    metadata: listMetadata,
    stuck_plans: {
      type: 'array',
      maxItems: 100_000,
      description: 'Empty when nothing is stuck.',
      items: {
        type: 'object',
        required: ['plan_id', 'phase', 'stuck_since', 'stuck_reason'],
        properties: {
          plan_id: planId,
          phase: word(PLAN_PHASES, 'published or active: no other phase can be stuck.'),
          current_stage_id: stageId,
          stuck_since: time('When it last made progress.'),
          stuck_reason: text(2_048, 'What it waits for, and for how long.'),
        },
      },
    },
  },
} as const satisfies ObjectSchema

export const recoverRequest = {
  type: 'object',
  description: 'What to do about a plan that does not go on.',
  required: ['strategy', 'reason'],
  properties: {
    strategy: word(
      ['rollback', 'retry', 'skip_failed'] as const,
      'rollback: stop for good. retry: try failed nodes again. skip_failed: promote the current stage past its gates.',
    ),
    reason,
    stage_id: {
      type: 'string',
      maxLength: 63,
      pattern: DNS_LABEL,
      description: 'Precondition: refused with stage_not_current unless this stage is the current one.',
    },
  },
} as const satisfies ObjectSchema

export const reasonRequest = {
  type: 'object',
  description: 'Why.',
  required: ['reason'],
  properties: { reason, stage_id: recoverRequest.properties.stage_id },
} as const satisfies ObjectSchema

export const approveRequest = {
  type: 'object',
  description: 'Why the gate is approved.',
  required: ['reason'],
  properties: { reason },
} as const satisfies ObjectSchema

/** metav1.DeleteOptions, of which dryRun and preconditions count, and a reason for the record. */
export const deleteRequest = {
  type: 'object',
  description: 'DeleteOptions as kubectl sends them, and optionally a reason.',
  properties: {
    kind,
    apiVersion: text(64, 'Any.'),
    reason,
    dryRun: {
      type: 'array',
      maxItems: 1,
      description: 'All: nothing is done.',
      items: { type: 'string', maxLength: 16 },
    },
    preconditions: {
      type: 'object',
      description: 'The plan is cancelled only if it still has these.',
      properties: { uid: text(64, 'UID of the plan.'), resourceVersion: text(64, 'Version of the plan.') },
    },
    gracePeriodSeconds: whole('Without meaning here.'),
    propagationPolicy: text(32, 'Without meaning here.'),
    orphanDependents: { type: 'boolean', description: 'Without meaning here.' },
    ignoreStoreReadErrorWithClusterBreakingPotential: { type: 'boolean', description: 'Without meaning here.' },
  },
} as const satisfies ObjectSchema

export const recoverAnswer = {
  type: 'object',
  description: 'What an action did.',
  required: [
    'kind',
    'apiVersion',
    'metadata',
    'plan_id',
    'strategy',
    'previous_phase',
    'new_phase',
    'reason',
    'recovered_at',
    'recovery',
  ],
  properties: {
    kind,
    apiVersion,
    metadata: {
      type: 'object',
      description: 'That of the RolloutRecovery.',
      properties: { name: text(253, 'Its name.'), namespace: text(63, 'Its namespace.') },
    },
    plan_id: planId,
    strategy: word(STRATEGIES, 'What was done.'),
    previous_phase: word(PLAN_PHASES, 'Phase of the plan before.'),
    new_phase: word(PLAN_PHASES, 'Phase of the plan after.'),
    skipped_stage_id: text(63, 'skip_failed: the stage that was promoted.'),
    next_stage_id: text(63, 'skip_failed: the stage that opened; absent when the plan is completed.'),
    reason: text(1024, 'As it was given.'),
    recovered_at: time('When it took effect.'),
    recovery: text(253, 'The RolloutRecovery: the record of it.'),
    dry_run: { type: 'boolean', description: 'Nothing was done: this is what would be.' },
  },
} as const satisfies ObjectSchema

export const gateReport = {
  type: 'object',
  description: 'The gates of a stage.',
  required: ['kind', 'apiVersion', 'metadata', 'stage_phase', 'gates', 'manual_approved', 'all_passed'],
  properties: {
    kind,
    apiVersion,
    metadata: listMetadata,
    stage_phase: word(STAGE_PHASES, 'Where the stage stands.'),
    gates: { type: 'array', maxItems: 8, description: 'In their order.', items: gateRow },
    manual_approved: { type: 'boolean', description: 'There is a manual gate, and it has its approvals.' },
    all_passed: { type: 'boolean', description: 'No gate is left that has not passed.' },
  },
} as const satisfies ObjectSchema

export const approveAnswer = {
  type: 'object',
  description: 'What an approval did.',
  required: [
    'kind',
    'apiVersion',
    'metadata',
    'plan_id',
    'stage_id',
    'gate',
    'approved',
    'promoted',
    'message',
    'operator',
    'recovery',
    'recovered_at',
  ],
  properties: {
    kind,
    apiVersion,
    metadata: listMetadata,
    plan_id: planId,
    stage_id: stageId,
    gate: text(63, 'The gate.'),
    approved: { type: 'boolean', description: 'The approval counts.' },
    promoted: { type: 'boolean', description: 'It was the last thing the stage needed.' },
    message: text(1_024, 'What follows.'),
    operator: text(512, 'Who approved.'),
    recovery: text(253, 'The RolloutRecovery: the record of it.'),
    recovered_at: time('When it took effect.'),
    dry_run: { type: 'boolean', description: 'Nothing was done: this is what would be.' },
  },
} as const satisfies ObjectSchema

export const nodeReport = {
  type: 'object',
  description: 'One row a member of the stages opened so far.',
  required: ['kind', 'apiVersion', 'metadata', 'plan_id', 'nodes'],
  properties: {
    kind,
    apiVersion,
    metadata: listMetadata,
    plan_id: planId,
    nodes: {
      type: 'array',
      maxItems: 5_000,
      description: 'In the order in which they are activated.',
      items: {
        type: 'object',
        required: ['node', 'uid', 'stage_id', 'state'],
        properties: {
          node: text(253, 'The node.'),
          uid: text(64, 'Its UID.'),
          stage_id: stageId,
          state: word(NODE_STATES, 'Where it stands.'),
          since: time('Since when, where that is known.'),
          reason: text(64, 'A CamelCase code.'),
          message: text(1_024, 'What was seen.'),
        },
      },
    },
  },
} as const satisfies ObjectSchema

export const historyReport = {
  type: 'object',
  description: 'Every recovery and transition of a plan, oldest first.',
  required: ['kind', 'apiVersion', 'metadata', 'plan_id', 'events'],
  properties: {
    kind,
    apiVersion,
    metadata: listMetadata,
    plan_id: planId,
    events: {
      type: 'array',
      maxItems: 100_000,
      description: 'Oldest first.',
      items: {
        type: 'object',
        required: ['at', 'event'],
        properties: {
          at: time('When.'),
          event: text(64, 'PlanCreated, StageOpened, Recovered, Rejected, Requested, …'),
          stage_id: stageId,
          strategy: text(16, 'What was asked for.'),
          operator: text(512, 'Who asked, as verified.'),
          claimed_operator: text(256, 'The name the caller claimed.'),
          door: text(16, 'apply, aggregated or direct.'),
          recovery: text(253, 'The RolloutRecovery.'),
          outcome: word(['succeeded', 'rejected', 'pending'] as const, 'What became of it.'),
          code: text(64, 'Why it was rejected.'),
          message: text(1_024, 'The reason that was given, or what happened.'),
          audit_id: text(64, "Joins with the API server's own audit log."),
        },
      },
    },
  },
} as const satisfies ObjectSchema

const snaked = snakeSchema(planSpec) as ObjectSchema

export const createRequest: ObjectSchema = {
  type: 'object',
  description: 'A new plan: the spec of a RolloutPlan in snake_case, and its name.',
  required: ['plan_id', ...(snaked.required ?? [])],
  properties: {
    plan_id: {
      type: 'string',
      minLength: 1,
      maxLength: 63,
      pattern: '^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$',
      description: 'Name of the plan, unique in its namespace; "stuck" is taken by the stuck report.',
    },
    ...snaked.properties,
  },
}

export const errorAnswer = {
  type: 'object',
  description: 'A metav1.Status that also carries `error`.',
  required: ['kind', 'apiVersion', 'metadata', 'status', 'message', 'reason', 'code', 'error'],
  properties: {
    kind: text(16, 'Status.'),
    apiVersion: text(16, 'v1.'),
    metadata: { type: 'object', description: 'Empty.', properties: {} },
    status: text(16, 'Failure.'),
    message: text(16_384, 'What is wrong and what to do, in one sentence.'),
    reason: text(64, 'Reason of metav1.Status.'),
    code: whole('The HTTP status.'),
    error: text(64, 'A stable code in snake_case: what scripts compare.'),
    recovery: text(253, 'The RolloutRecovery that carries the request, where one was made.'),
    details: {
      type: 'object',
      description: 'Where it is wrong.',
      properties: {
        name: text(253, 'What the request was about.'),
        group: text(253, 'Its API group.'),
        kind: text(63, 'Its resource.'),
        retryAfterSeconds: whole('When to try again.'),
        causes: {
          type: 'array',
          maxItems: 100,
          description: 'One for each place.',
          items: {
            type: 'object',
            properties: {
              reason: text(64, 'FieldValueInvalid.'),
              field: text(512, 'The place: a path of the body, ?parameter, or a header.'),
              message: text(16_384, 'What is wrong there.'),
            },
          },
        },
      },
    },
  },
} as const satisfies ObjectSchema

export const healthAnswer = {
  type: 'object',
  description: 'Whether this replica serves.',
  required: ['status'],
  properties: {
    status: text(32, 'ok, or not ready.'),
    problems: { type: 'array', maxItems: 32, description: 'What is missing.', items: text(256, 'One problem.') },
  },
} as const satisfies ObjectSchema

export type RolloutBody = Infer<typeof rollout>
export type RecoverRequest = Infer<typeof recoverRequest>
export type ReasonRequest = Infer<typeof reasonRequest>
export type ApproveRequest = Infer<typeof approveRequest>
export type DeleteRequest = Infer<typeof deleteRequest>
export type CreateRequest = { readonly plan_id: string; readonly [field: string]: unknown }

/** The body, checked. @throws Failure 422 */
export function bodyOf<T>(schema: ObjectSchema, body: unknown): T {
  return checked<T>(schema, body)
}
