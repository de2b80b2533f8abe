import { DNS_LABEL } from '../../api/fragments.ts'
import { PLAN_PHASES } from '../../api/rollout-plan-status.ts'
import { NODE_STATES } from '../../rollout/report/node.ts'

function inPath(name: string, description: string, schema: object = {}) {
  return {
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string', minLength: 1, maxLength: 253, ...schema },
  }
}

function inQuery(name: string, description: string, schema: object) {
  return { name, in: 'query', required: false, description, schema }
}

function header(name: string, description: string, schema: object = {}) {
  return {
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', minLength: 1, maxLength: 256, ...schema },
  }
}

/** Printable ASCII without blanks at its ends: what every proxy on the way passes on unchanged. */
const PLAIN = '^[!-~]([ -~]*[!-~])?$'

/** Every parameter of the surface. */
export const PARAMETERS = {
  namespace: inPath('namespace', 'Namespace of the plans.', { pattern: DNS_LABEL, maxLength: 63 }),
  plan_id: inPath('plan_id', 'The plan.', { pattern: '^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$', maxLength: 63 }),
  stage_id: inPath('stage_id', 'The stage.', { pattern: DNS_LABEL, maxLength: 63 }),
  gate: inPath('gate', 'The gate.', { pattern: '^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$', maxLength: 63 }),
  limit: inQuery('limit', 'Most items of a page; 0: as many as there are, up to 5,000.', {
    type: 'integer',
    minimum: 0,
    maximum: 1_000_000,
  }),
  continue: inQuery('continue', 'Token of the page before, as it was given; another one is refused.', {
    type: 'string',
    maxLength: 512,
    pattern: '^[\\w-]*$',
  }),
  phase: inQuery('phase', 'Only plans in this phase.', { type: 'string', enum: PLAN_PHASES }),
  fieldSelector: inQuery('fieldSelector', 'metadata.name=NAME: only that plan. No other selector is served.', {
    type: 'string',
    maxLength: 512,
    pattern: '^(metadata\\.name==?[^,=!]+)?$',
  }),
  threshold_seconds: inQuery('threshold_seconds', 'Seconds without progress after which a plan is stuck.', {
    type: 'integer',
    minimum: 0,
    maximum: 315_360_000,
    default: 3_600,
  }),
  stage: inQuery('stage', 'Only nodes of this stage.', { type: 'string', pattern: DNS_LABEL, maxLength: 63 }),
  state: inQuery('state', 'Only nodes in this state.', { type: 'string', enum: NODE_STATES }),
  dryRun: inQuery('dryRun', 'All: answer what would be done, and do nothing.', { type: 'string', enum: ['All'] }),
  'Idempotency-Key': header('Idempotency-Key', 'The same key gets the first answer again.', { pattern: PLAIN }),
  'X-Autonomy-Operator': header('X-Autonomy-Operator', 'A name you claim; kept beside the verified one.', {
    pattern: PLAIN,
  }),
  // Whatever it says, it is no reason to refuse a request: what is not known is sent (RFC 9110 §13.1.2).
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'ETag of what you have, or several: 304 when it has not changed.',
    schema: { type: 'string' },
  },
} as const

export type ParameterName = keyof typeof PARAMETERS
