import { conditions, text, time } from '../../api/fragments.ts'
import { PLAN_PHASES, STAGE_PHASES } from '../../api/rollout-plan-status.ts'
import type { ObjectSchema } from '../../api/schema.ts'
import { apiVersion, gateRow, kind, listMetadata, planId, stageId, whole, word } from './parts.ts'

const COUNTS = ['total', 'pending', 'activating', 'activated', 'failed', 'unreachable', 'gone'] as const

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
      required: ['name', 'namespace', 'uid', 'creationTimestamp', 'generation'],
      properties: {
        name: planId,
        namespace: text(63, 'Its namespace.'),
        uid: text(64, 'Its UID: another plan of the same name has another.'),
        // The API server gives none to an object that it only admits.
        resourceVersion: text(64, 'Its version; absent when nothing was created because of dryRun.'),
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
