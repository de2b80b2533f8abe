import * as examples from './examples.ts'
import type { FailureStatus } from './failures.ts'
import type { HeaderName } from './headers.ts'
import type { ParameterName } from './parameters.ts'

/** One line of the surface as it is described. */
export type Operation = {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  readonly id: string
  readonly summary: string
  readonly request?: readonly [name: string, example: object]
  /** A body may be left out. */
  readonly optionalBody?: true
  readonly code?: 201
  /** Name of its schema among the components, and an example. */
  readonly answer: readonly [name: string, example: object]
  readonly parameters?: readonly ParameterName[]
  readonly errors: readonly FailureStatus[]
  /** Of the answer, beside Audit-Id. */
  readonly headers: readonly HeaderName[]
}

const READS = [
  400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 429, 500, 503, 504,
] as const satisfies readonly FailureStatus[]
const WRITES = [
  400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 422, 429, 500, 503, 504,
] as const satisfies readonly FailureStatus[]

/** What every write may carry. */
const CALLER: readonly ParameterName[] = ['Idempotency-Key', 'X-Autonomy-Operator', 'dryRun']

function action(word: 'halt' | 'pause' | 'resume', summary: string): Operation {
  return {
    method: 'post',
    path: `/rollouts/{plan_id}/${word}`,
    id: `${word}Rollout`,
    summary,
    request: ['ReasonRequest', examples.reason],
    answer: ['Recovery', examples.acted(word)],
    parameters: ['plan_id', ...CALLER],
    errors: WRITES,
    headers: ['Idempotent-Replayed', 'Dry-Run'],
  }
}

/** Every operation, in the order of docs. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/rollouts',
    id: 'listRollouts',
    summary: 'Lists the plans of the namespace, by name.',
    answer: ['RolloutList', examples.list],
    parameters: ['limit', 'continue', 'phase', 'fieldSelector', 'If-None-Match'],
    errors: READS,
    headers: ['ETag'],
  },
  {
    method: 'post',
    path: '/rollouts',
    id: 'createRollout',
    summary: 'Creates a plan.',
    request: ['CreateRequest', examples.create],
    code: 201,
    answer: ['Rollout', examples.rollout],
    parameters: CALLER,
    errors: WRITES,
    headers: ['Location', 'Idempotent-Replayed', 'Dry-Run'],
  },
  {
    method: 'get',
    path: '/rollouts/stuck',
    id: 'listStuckRollouts',
    summary: 'Lists the plans that have made no progress for longer than the threshold, and says why.',
    answer: ['StuckReport', examples.stuck],
    parameters: ['threshold_seconds', 'If-None-Match'],
    errors: READS,
    headers: ['ETag'],
  },
  {
    method: 'get',
    path: '/rollouts/{plan_id}',
    id: 'getRollout',
    summary: 'Shows a plan.',
    answer: ['Rollout', examples.rollout],
    parameters: ['plan_id', 'If-None-Match'],
    errors: READS,
    headers: ['ETag'],
  },
  {
    method: 'delete',
    path: '/rollouts/{plan_id}',
    id: 'cancelRollout',
    summary: 'Cancels a plan, for good. The plan and its record stay.',
    request: ['DeleteRequest', examples.remove],
    optionalBody: true,
    answer: ['Rollout', examples.cancelled],
    parameters: ['plan_id', ...CALLER],
    errors: WRITES,
    headers: ['Idempotent-Replayed', 'Dry-Run'],
  },
  {
    method: 'post',
    path: '/rollouts/{plan_id}/recover',
    id: 'recoverRollout',
    summary: 'Gets a plan unstuck.',
    request: ['RecoverRequest', examples.recover],
    answer: ['Recovery', examples.recovery],
    parameters: ['plan_id', ...CALLER],
    errors: WRITES,
    headers: ['Idempotent-Replayed', 'Dry-Run'],
  },
  action('halt', 'Halts the current stage for good and pauses the plan.'),
  action('pause', 'Pauses a plan: nothing is activated and nothing promoted until it is resumed.'),
  action('resume', 'Lets a paused plan go on.'),
  {
    method: 'post',
    path: '/rollouts/{plan_id}/gate-report',
    id: 'reportGate',
    summary: 'Reports the verdict of a service that a webhook gate has asked.',
    request: ['ReportRequest', examples.report],
    answer: ['Recovery', examples.reported],
    parameters: ['plan_id', ...CALLER],
    errors: WRITES,
    headers: ['Idempotent-Replayed', 'Dry-Run'],
  },
  {
    method: 'get',
    path: '/rollouts/{plan_id}/stages/{stage_id}/gates',
    id: 'listGates',
    summary: 'Shows the gates of a stage.',
    answer: ['GateReport', examples.gates],
    parameters: ['plan_id', 'stage_id', 'If-None-Match'],
    errors: READS,
    headers: ['ETag'],
  },
  {
    method: 'post',
    path: '/rollouts/{plan_id}/stages/{stage_id}/gates/{gate}/approve',
    id: 'approveGate',
    summary: 'Approves a manual gate.',
    request: ['ApproveRequest', examples.reason],
    answer: ['Approval', examples.approval],
    parameters: ['plan_id', 'stage_id', 'gate', ...CALLER],
    errors: WRITES,
    headers: ['Idempotent-Replayed', 'Dry-Run'],
  },
  {
    method: 'get',
    path: '/rollouts/{plan_id}/nodes',
    id: 'listNodes',
    summary: 'Shows where each node of a plan stands.',
    answer: ['NodeReport', examples.nodes],
    parameters: ['plan_id', 'stage', 'state', 'limit', 'continue', 'If-None-Match'],
    errors: READS,
    headers: ['ETag'],
  },
  {
    method: 'get',
    path: '/rollouts/{plan_id}/history',
    id: 'listHistory',
    summary: 'Shows everything that happened to a plan and was asked of it, oldest first.',
    answer: ['HistoryReport', examples.history],
    parameters: ['plan_id', 'If-None-Match'],
    errors: READS,
    headers: ['ETag'],
  },
]
