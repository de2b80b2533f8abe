import { text, time } from '../../api/fragments.ts'
import { PLAN_PHASES, STRATEGIES } from '../../api/rollout-plan-status.ts'
import type { ObjectSchema } from '../../api/schema.ts'
import { apiVersion, kind, listMetadata, planId, stageId, whole, word } from './parts.ts'

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
    skipped_gate: text(63, 'skip_failed of one gate: the gate that was passed.'),
    next_stage_id: text(63, 'skip_failed: the stage that opened; absent when the plan is completed.'),
    reason: text(1024, 'As it was given.'),
    recovered_at: time('When it took effect.'),
    recovery: text(253, 'The RolloutRecovery: the record of it.'),
    dry_run: { type: 'boolean', description: 'Nothing was done: this is what would be.' },
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
    version: text(64, 'Release of the operator.'),
    problems: { type: 'array', maxItems: 32, description: 'What is missing.', items: text(256, 'One problem.') },
  },
} as const satisfies ObjectSchema
