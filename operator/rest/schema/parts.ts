import { text, time } from '../../api/fragments.ts'
import { GATE_STATES } from '../../api/rollout-plan-status.ts'
import type { IntegerSchema, ObjectSchema, StringSchema } from '../../api/schema.ts'

/** Schema pieces that more than one body uses. */

export function whole<const D extends string>(description: D) {
  return { type: 'integer', format: 'int64', minimum: 0, description } as const satisfies IntegerSchema
}

export function word<const W extends readonly string[]>(words: W, description: string) {
  return { type: 'string', enum: words, description } as const satisfies StringSchema
}

export const kind = text(64, 'What this object is.')
export const apiVersion = text(64, 'orchestrator.autonomyops.dev/v1.')
export const planId = text(253, 'The plan: the name of its RolloutPlan.')
export const stageId = text(63, 'The stage.')
export const reason = {
  type: 'string',
  minLength: 1,
  maxLength: 1024,
  pattern: '\\S',
  description: 'Why, in words, for whoever reads the record later.',
} as const satisfies StringSchema

export const listMetadata = {
  type: 'object',
  description: 'Of the answer.',
  properties: {
    resourceVersion: text(64, 'The version this was read at.'),
    continue: text(512, 'Give it back to get the next page; absent on the last one.'),
    remainingItemCount: whole('How many items follow after this page.'),
  },
} as const satisfies ObjectSchema

export const gateRow = {
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
