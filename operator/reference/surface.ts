import { SCHEMAS } from '../rest/openapi/description.ts'
import { failureExamples, failureMeanings } from '../rest/openapi/failures.ts'
import { HEADERS } from '../rest/openapi/headers.ts'
import { OPERATIONS, type Operation } from '../rest/openapi/operations.ts'
import { PARAMETERS } from '../rest/openapi/parameters.ts'
import { fieldsOf } from './fields.ts'
import { fieldTable } from './kind.ts'
import { code, page, table } from './markdown.ts'
import { rightsOf } from './right.ts'

/** The page about the REST surface: routes and the rights they take, parameters, answers that refuse, bodies. */
export function surfacePage(): string {
  return page(
    'The REST surface',
    PREFIXES,
    '## Routes',
    'Every right is asked in group `orchestrator.autonomyops.dev`; of several, all. `{plan_id}` is the name that RBAC sees, so `resourceNames` narrows a right to plans. A path that names a namespace is asked there, any other at cluster scope.',
    table(['route', 'what', 'takes the right to', 'body', 'answer'], OPERATIONS.map(routeRow)),
    '`GET` serves `HEAD`, too. `/v1/health` takes no credential, `/v1/openapi.json` and discovery any, `/metrics` the right to `get` that path.',
    '## Parameters and headers',
    table(['name', 'in', 'values', 'what'], Object.values(PARAMETERS).map(parameterRow)),
    'In answers:',
    table(
      ['header', 'what'],
      Object.entries(HEADERS).map(([name, { description }]) => [code(name), description]),
    ),
    '## Refusals',
    'One shape for all: `error` is a stable code, `message` one sentence with the remedy, and the whole is a Kubernetes `Status`. Codes of 409 are those of [a recovery that was refused](../reasons.md#why-a-recovery-was-refused), and some of the surface’s own.',
    table(
      ['status', 'when', '`error`, for instance', '`message`, for instance'],
      failureExamples().map(example => [
        String(example.code),
        failureMeanings().get(example.code) ?? '',
        code(example.error),
        example.message,
      ]),
    ),
    '## Bodies',
    ...Object.entries(SCHEMAS).flatMap(([name, schema]) => [
      `### ${name}`,
      schema.description ?? '',
      fieldTable(fieldsOf(schema)),
    ]),
  )
}

const PREFIXES =
  'Served below `https://<operator>:8443/v1` and, through the API server, below `/apis/orchestrator.autonomyops.dev/v1`; [doors](../doors/aggregated.md) says how to get there. Each route exists twice: as it stands here, about the one namespace that the operator is configured with, and with `/namespaces/{namespace}` in front of `/rollouts`. [openapi.json](../openapi.json) says the same for machines, with an example of every body.'

function routeRow(operation: Operation): readonly string[] {
  const { method, path, summary, request, optionalBody, code: status = 200, answer } = operation
  const rights = rightsOf(operation).map(({ verb, resource, name }) => {
    const named = name === undefined || name.startsWith('{') ? '' : `, name ${code(name)}`
    return `${verb} ${code(resource)}${named}`
  })
  return [
    code(`${method.toUpperCase()} ${path}`),
    summary,
    rights.join(' and '),
    request === undefined ? '' : `${link(request[0])}${optionalBody === true ? ', or none' : ''}`,
    `${status} ${link(answer[0])}`,
  ]
}

function link(schema: string): string {
  return `[${schema}](#${schema.toLowerCase()})`
}

type Parameter = (typeof PARAMETERS)[keyof typeof PARAMETERS]

function parameterRow({ name, in: place, description, schema }: Parameter): readonly string[] {
  const { enum: values, minimum, maximum, default: preset, pattern } = schema as Values
  const said = [
    ...(values === undefined ? [] : [values.map(code).join(', ')]),
    ...(minimum === undefined || maximum === undefined
      ? []
      : [`${minimum.toLocaleString('en-US')} to ${maximum.toLocaleString('en-US')}`]),
    ...(pattern === undefined ? [] : [code(pattern)]),
    ...(preset === undefined ? [] : [`default ${preset}`]),
  ]
  return [code(name), place, said.join('; '), description]
}

type Values = {
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: number
  readonly pattern?: string
}
