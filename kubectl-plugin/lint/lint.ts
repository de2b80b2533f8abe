import { API_VERSION } from '../../operator/api/names.ts'
import { type PlanSpec, planSpec, rolloutPlan } from '../../operator/api/rollout-plan.ts'
import type { Schema } from '../../operator/api/schema.ts'
import { isRecord } from '../../operator/kube/refusal.ts'
import { createRequest } from '../../operator/rest/schema/requests.ts'
import { validateBody } from '../../operator/rest/schema/check.ts'
import { snake, snakePath, toSpec } from '../../operator/rest/schema/snake.ts'
import { didYouMean, nearest } from '../cli/nearest.ts'
import type { PlanFile } from '../plan-file/read.ts'
import { withDefaults } from './defaults.ts'
import type { Finding } from './finding.ts'
import { brokenRules } from './rules.ts'
import { surprisesOf } from './surprises.ts'

/**
 * Everything about a plan that can be known without a server: what the schema and its rules refuse, fields that nobody
 * knows, and, if it is valid, what it will do that may surprise. Errors first.
 */
export function lint(plan: PlanFile): readonly Finding[] {
  const spec = plan.kind === 'manifest' ? plan.document['spec'] : toSpec(withoutName(plan.document))
  const inFile = (field: string) =>
    plan.kind === 'manifest'
      ? field === ''
        ? 'spec'
        : `spec.${field}`
      : field === ''
        ? '(the body)'
        : snakePath(field)
  const inWords = (message: string) => (plan.kind === 'manifest' ? message : snakeWords(message))
  const rules = [
    ...brokenRules(planSpec, spec, '').map(finding => ({
      ...finding,
      field: inFile(finding.field),
      message: inWords(finding.message),
    })),
    ...nameRules(plan),
  ]
  const schema = plan.kind === 'manifest' ? manifestErrors(plan, spec) : bodyErrors(plan)
  // A rule says in words what a pattern beside it says as a regular expression.
  const said = new Set(rules.map(({ field }) => field))
  const errors = [
    ...schema.filter(({ field, message }) => !said.has(field) || !/pattern|must be/.test(message)),
    ...rules,
  ]
  if (errors.length > 0) return errors
  return surprisesOf(withDefaults(planSpec, spec) as PlanSpec).map(({ field, message }) => ({
    severity: 'warning',
    field: inFile(field),
    message: inWords(message),
  }))
}

const MANIFEST_FIELDS = ['apiVersion', 'kind', 'metadata', 'spec', 'status']

function manifestErrors({ document, name }: PlanFile, spec: unknown): readonly Finding[] {
  const { apiVersion, metadata, status } = document
  const generated = isRecord(metadata) && typeof metadata['generateName'] === 'string'
  return [
    ...(apiVersion === API_VERSION ? [] : [error('apiVersion', `must be ${API_VERSION}, not ${String(apiVersion)}`)]),
    ...(name === '' && !generated ? [error('metadata.name', 'is missing: it names the plan')] : []),
    ...(status === undefined ? [] : [error('status', 'is written by the operator alone; leave it out')]),
    ...Object.keys(document)
      .filter(key => !MANIFEST_FIELDS.includes(key))
      .map(key =>
        error(key, `is not known; ${didYouMean(nearest(key, MANIFEST_FIELDS)) || 'does it belong into spec?'}`),
      ),
    ...validateBody(planSpec, spec).map(({ field, message }) =>
      error(field === '(the body)' ? 'spec' : `spec.${field}`, message),
    ),
  ]
}

function bodyErrors({ document }: PlanFile): readonly Finding[] {
  return validateBody(createRequest, document).map(({ field, message }) => error(field, message))
}

function nameRules({ name, kind }: PlanFile): readonly Finding[] {
  const own = { ...rolloutPlan, properties: {} }
  return brokenRules(own, { metadata: { name } }, '').map(finding => ({
    ...finding,
    field: kind === 'manifest' ? finding.field : 'plan_id',
  }))
}

/** Names of fields in a message, as the body has them. Labels and reasons stay as they are. */
function snakeWords(message: string): string {
  return message.replaceAll(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, word => (FIELDS.has(word) ? snake(word) : word))
}

const FIELDS: ReadonlySet<string> = new Set(fieldsOf(planSpec))

function fieldsOf(schema: Schema): readonly string[] {
  if (!('type' in schema)) return []
  if (schema.type === 'array') return fieldsOf(schema.items)
  if (schema.type !== 'object' || !('properties' in schema)) return []
  return Object.entries(schema.properties).flatMap(([name, inner]) => [name, ...fieldsOf(inner)])
}

function withoutName({ plan_id: _, ...rest }: PlanFile['document']): object {
  return rest
}

function error(field: string, message: string): Finding {
  return { severity: 'error', field, message }
}
