import { DNS_LABEL, EVALUATION, GATE_NAME, text } from '../../api/fragments.ts'
import { GATE_STATES } from '../../api/gate-state.ts'
import { planSpec } from '../../api/rollout-plan.ts'
import type { ObjectSchema } from '../../api/schema.ts'
import { kind, legible, reason, whole, word } from './parts.ts'
import { snakeSchema } from './snake.ts'

/** A request of which one field settles what another may be: JSON Schema's words for it, which the kinds cannot use. */
export type RequestSchema = ObjectSchema & {
  /** When these fields are there, … */
  readonly if?: Pick<ObjectSchema, 'properties'> & { readonly required: readonly string[] }
  /** … these have one of these values. */
  readonly then?: Pick<ObjectSchema, 'properties'>
}

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
    gate: {
      type: 'string',
      maxLength: 63,
      pattern: GATE_NAME,
      description: 'skip_failed: pass this gate of the current stage and no other. Absent: the stage goes past all.',
    },
  },
  if: { required: ['gate'], properties: { gate: { type: 'string' } } },
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema; nobody awaits it
  then: { properties: { strategy: { type: 'string', enum: ['skip_failed'] } } },
} as const satisfies RequestSchema

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

export const reportRequest = {
  type: 'object',
  description: 'The verdict of a service that a webhook gate has asked, and that has answered 202.',
  required: ['evaluation', 'state'],
  properties: {
    evaluation: {
      type: 'string',
      maxLength: 256,
      pattern: EVALUATION,
      description: 'Of the question, as it was asked: <uid>/<stage>/<gate>/<time>.',
    },
    state: word(GATE_STATES, 'The verdict. unknown: it cannot be told.'),
    detail: { ...reason, description: 'What was found, in one sentence for people. It is the reason in the record.' },
  },
} as const satisfies ObjectSchema

/** metav1.DeleteOptions, of which dryRun and preconditions count, and a reason for the record. */
export const deleteRequest = legible({
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
      items: word(['All'] as const, 'The only value there is.'),
    },
    preconditions: {
      type: 'object',
      description: 'The plan is cancelled only if it still has these.',
      properties: { uid: text(64, 'UID of the plan.'), resourceVersion: text(64, 'Version of the plan.') },
    },
    gracePeriodSeconds: { ...whole('Without meaning here.'), maximum: Number.MAX_SAFE_INTEGER },
    propagationPolicy: text(32, 'Without meaning here.'),
    orphanDependents: { type: 'boolean', description: 'Without meaning here.' },
    ignoreStoreReadErrorWithClusterBreakingPotential: { type: 'boolean', description: 'Without meaning here.' },
  },
} as const satisfies ObjectSchema)

const snaked = legible(snakeSchema(planSpec)) as ObjectSchema

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
