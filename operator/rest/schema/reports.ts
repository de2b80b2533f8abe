import { text, time } from '../../api/fragments.ts'
import { PLAN_PHASES, STAGE_PHASES } from '../../api/rollout-plan-status.ts'
import type { ObjectSchema } from '../../api/schema.ts'
import { NODE_STATES } from '../../rollout/report/node.ts'
import { apiVersion, gateRow, kind, listMetadata, planId, stageId, word } from './parts.ts'

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
