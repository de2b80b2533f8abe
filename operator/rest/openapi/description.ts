import type { ObjectSchema } from '../../api/schema.ts'
import * as bodies from '../schema/bodies.ts'
import { jsonSchema } from '../schema/check.ts'
import * as examples from './examples.ts'
import { PARAMETERS, type ParameterName } from './parameters.ts'

type Operation = {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  readonly id: string
  readonly summary: string
  readonly request?: readonly [name: string, example: object]
  /** A body may be left out. */
  readonly optionalBody?: true
  readonly code?: 201
  readonly answer: readonly [name: string, example: object]
  readonly parameters?: readonly ParameterName[]
  readonly errors: readonly number[]
}

/** Schemas by the names they have in the document. */
const SCHEMAS: { readonly [name: string]: ObjectSchema } = {
  Rollout: bodies.rollout,
  RolloutList: bodies.rolloutList,
  StuckReport: bodies.stuckReport,
  CreateRequest: bodies.createRequest,
  RecoverRequest: bodies.recoverRequest,
  ReasonRequest: bodies.reasonRequest,
  ApproveRequest: bodies.approveRequest,
  DeleteRequest: bodies.deleteRequest,
  Recovery: bodies.recoverAnswer,
  GateReport: bodies.gateReport,
  Approval: bodies.approveAnswer,
  NodeReport: bodies.nodeReport,
  HistoryReport: bodies.historyReport,
  Error: bodies.errorAnswer,
  Health: bodies.healthAnswer,
}

const READS = [400, 401, 403, 404, 405, 406, 413, 414, 415, 429, 500, 503, 504] as const
const WRITES = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 429, 500, 503, 504] as const

const CALLER: readonly ParameterName[] = ['Idempotency-Key', 'X-Autonomy-Operator', 'dryRun']

function action(word: 'halt' | 'pause' | 'resume', summary: string): Operation {
  return {
    method: 'post',
    path: `/rollouts/{plan_id}/${word}`,
    id: `${word}Rollout`,
    summary,
    request: ['ReasonRequest', examples.reason],
    answer: ['Recovery', { ...examples.recovery, strategy: word, new_phase: word === 'resume' ? 'active' : 'paused' }],
    parameters: ['plan_id', ...CALLER],
    errors: WRITES,
  }
}

const OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/rollouts',
    id: 'listRollouts',
    summary: 'Lists the plans of the namespace, by name.',
    answer: ['RolloutList', examples.list],
    parameters: ['limit', 'continue', 'phase', 'If-None-Match'],
    errors: READS,
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
  },
  {
    method: 'get',
    path: '/rollouts/stuck',
    id: 'listStuckRollouts',
    summary: 'Lists the plans that have made no progress for longer than the threshold, and says why.',
    answer: ['StuckReport', examples.stuck],
    parameters: ['threshold_seconds', 'If-None-Match'],
    errors: READS,
  },
  {
    method: 'get',
    path: '/rollouts/{plan_id}',
    id: 'getRollout',
    summary: 'Shows a plan.',
    answer: ['Rollout', examples.rollout],
    parameters: ['plan_id', 'If-None-Match'],
    errors: READS,
  },
  {
    method: 'delete',
    path: '/rollouts/{plan_id}',
    id: 'cancelRollout',
    summary: 'Cancels a plan, for good. The plan and its record stay.',
    request: ['DeleteRequest', examples.remove],
    optionalBody: true,
    answer: ['Rollout', { ...examples.rollout, phase: 'cancelled' }],
    parameters: ['plan_id', ...CALLER],
    errors: WRITES,
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
  },
  action('halt', 'Halts the current stage for good and pauses the plan.'),
  action('pause', 'Pauses a plan: nothing is activated and nothing promoted until it is resumed.'),
  action('resume', 'Lets a paused plan go on.'),
  {
    method: 'get',
    path: '/rollouts/{plan_id}/stages/{stage_id}/gates',
    id: 'listGates',
    summary: 'Shows the gates of a stage.',
    answer: ['GateReport', examples.gates],
    parameters: ['plan_id', 'stage_id', 'If-None-Match'],
    errors: READS,
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
  },
  {
    method: 'get',
    path: '/rollouts/{plan_id}/nodes',
    id: 'listNodes',
    summary: 'Shows where each node of a plan stands.',
    answer: ['NodeReport', examples.nodes],
    parameters: ['plan_id', 'stage', 'state', 'limit', 'continue', 'If-None-Match'],
    errors: READS,
  },
  {
    method: 'get',
    path: '/rollouts/{plan_id}/history',
    id: 'listHistory',
    summary: 'Shows everything that happened to a plan and was asked of it, oldest first.',
    answer: ['HistoryReport', examples.history],
    parameters: ['plan_id', 'If-None-Match'],
    errors: READS,
  },
]

function schemaRef(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

function operationOf(operation: Operation, namespaced: boolean): object {
  const { id, summary, request, optionalBody, code = 200, answer, parameters = [], errors } = operation
  const names: readonly ParameterName[] = namespaced ? ['namespace', ...parameters] : parameters
  const content = ([name, example]: readonly [string, object]) => ({
    'application/json': { schema: schemaRef(name), example },
  })
  const failures = errors.map(status => [String(status), { $ref: '#/components/responses/Error' }] as const)
  const conditional = parameters.includes('If-None-Match') ? { '304': { description: 'It has not changed.' } } : {}
  return {
    operationId: namespaced ? `${id}InNamespace` : id,
    summary: namespaced ? `${summary.slice(0, -1)}, in a namespace that is named.` : summary,
    tags: ['rollouts'],
    ...(names.length === 0 ? {} : { parameters: names.map(name => ({ $ref: `#/components/parameters/${name}` })) }),
    ...(request === undefined ? {} : { requestBody: { required: optionalBody !== true, content: content(request) } }),
    responses: {
      [String(code)]: { description: 'Done.', content: content(answer) },
      ...conditional,
      ...Object.fromEntries(failures),
    },
  }
}

/** The whole `/v1` surface in OpenAPI 3.1, with an example of every body. */
export function description(): object {
  const paths = new Map<string, { [method: string]: object }>()
  for (const namespaced of [false, true])
    for (const operation of OPERATIONS) {
      const path = `/v1${namespaced ? '/namespaces/{namespace}' : ''}${operation.path}`
      paths.set(path, { ...paths.get(path), [operation.method]: operationOf(operation, namespaced) })
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rollouts',
      version: 'v1',
      summary: 'Moves fleets of Kubernetes nodes to new releases, in stages.',
      description:
        'The same paths are served below /apis/orchestrator.autonomyops.dev by the Kubernetes API server. Paths without a namespace are about the one the server is configured with.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: '/', description: 'The listener of the operator.' },
      { url: '/apis/orchestrator.autonomyops.dev', description: 'Through the Kubernetes API server.' },
    ],
    security: [{ bearer: [] }],
    tags: [
      { name: 'rollouts', description: 'Plans, where they stand, and what to do about them.' },
      { name: 'health', description: 'Whether a replica serves.' },
    ],
    paths: {
      ...Object.fromEntries(paths),
      '/v1/health': {
        get: {
          operationId: 'getHealth',
          summary: 'Says whether this replica serves.',
          tags: ['health'],
          security: [],
          responses: {
            '200': {
              description: 'It does.',
              content: { 'application/json': { schema: schemaRef('Health'), example: { status: 'ok' } } },
            },
            '405': { $ref: '#/components/responses/Error' },
            '503': {
              description: 'Not yet, or no longer.',
              content: {
                'application/json': {
                  schema: schemaRef('Health'),
                  example: { status: 'not ready', problems: ['cache-plans: plans have not been listed yet'] },
                },
              },
            },
          },
        },
      },
    },
    components: {
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchema(schema)])),
      parameters: PARAMETERS,
      responses: {
        Error: {
          description: 'It was not done, or cannot be shown.',
          content: { 'application/json': { schema: schemaRef('Error'), example: examples.error } },
        },
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token for the audience orchestrator.autonomyops.dev.',
        },
      },
    },
  }
}
