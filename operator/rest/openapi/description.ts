import type { ObjectSchema } from '../../api/schema.ts'
import * as bodies from '../schema/bodies.ts'
import { jsonSchema } from '../schema/check.ts'
import { type FailureStatus, failureResponses, responseName } from './failures.ts'
import { HEADERS, headersOf } from './headers.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { PARAMETERS, type ParameterName } from './parameters.ts'

/** Schemas by the names they have in the document. */
export const SCHEMAS: { readonly [name: string]: ObjectSchema } = {
  Rollout: bodies.rollout,
  RolloutList: bodies.rolloutList,
  StuckReport: bodies.stuckReport,
  CreateRequest: bodies.createRequest,
  RecoverRequest: bodies.recoverRequest,
  ReasonRequest: bodies.reasonRequest,
  ApproveRequest: bodies.approveRequest,
  DeleteRequest: bodies.deleteRequest,
  ReportRequest: bodies.reportRequest,
  Recovery: bodies.recoverAnswer,
  GateReport: bodies.gateReport,
  Approval: bodies.approveAnswer,
  NodeReport: bodies.nodeReport,
  HistoryReport: bodies.historyReport,
  Error: bodies.errorAnswer,
  Health: bodies.healthAnswer,
}

function schemaRef(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

function failureRef(status: FailureStatus) {
  return { $ref: `#/components/responses/${responseName(status)}` }
}

function operationOf(operation: Operation, namespaced: boolean): object {
  const { id, summary, request, optionalBody, code = 200, answer, parameters = [], errors, headers } = operation
  const names: readonly ParameterName[] = namespaced ? ['namespace', ...parameters] : parameters
  const content = ([name, example]: readonly [string, object]) => ({
    'application/json': { schema: schemaRef(name), example },
  })
  const failures = errors.map(status => [String(status), failureRef(status)] as const)
  const conditional = parameters.includes('If-None-Match')
    ? { '304': { description: 'It has not changed.', headers: headersOf(['Audit-Id', 'ETag']) } }
    : {}
  return {
    operationId: namespaced ? `${id}InNamespace` : id,
    summary: namespaced ? `${summary.slice(0, -1)}, in a namespace that is named.` : summary,
    tags: ['rollouts'],
    ...(names.length === 0 ? {} : { parameters: names.map(name => ({ $ref: `#/components/parameters/${name}` })) }),
    ...(request === undefined ? {} : { requestBody: { required: optionalBody !== true, content: content(request) } }),
    responses: {
      [String(code)]: {
        description: 'Done.',
        headers: headersOf(['Audit-Id', ...headers]),
        content: content(answer),
      },
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
              content: {
                'application/json': { schema: schemaRef('Health'), example: { status: 'ok', version: '0.2.0' } },
              },
            },
            '405': failureRef(405),
            '503': {
              description: 'Not yet, or no longer.',
              content: {
                'application/json': {
                  schema: schemaRef('Health'),
                  example: {
                    status: 'not ready',
                    version: '0.2.0',
                    problems: ['cache-plans: plans have not been listed yet'],
                  },
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
      responses: failureResponses(),
      headers: HEADERS,
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
