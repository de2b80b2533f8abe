import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Schema } from '../../api/schema.ts'
import { type Cause, Failure } from '../failure.ts'
import { printable } from '../path.ts'
import { inWords } from './parts.ts'
import type { RequestSchema } from './requests.ts'

type Json = { readonly [keyword: string]: unknown }

const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, strictTypes: false })
ajv.addFormat('date-time', value => !Number.isNaN(Date.parse(value)))
ajv.addFormat('int32', { type: 'number', validate: value => Math.abs(value) <= 2 ** 31 })
ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger })
ajv.addFormat('double', { type: 'number', validate: Number.isFinite })

const compiled = new WeakMap<Schema, ValidateFunction>()

/** Most faults that an answer lists; the others come to light when these are mended. */
const MOST_CAUSES = 20

/**
 * Everything that is wrong with a body, each with its place as the caller wrote it: `stages[1].batch_size`. None means
 * that it is what the schema says; what the rules of a kind say beyond its schema, only the API server judges.
 *
 * Never changes the body, so defaults are not filled in. Answers the first 20 faults.
 */
export function validateBody(schema: Schema, body: unknown): readonly Cause[] {
  if (body === undefined) return [{ field: '(the body)', message: 'is missing: send a JSON object' }]
  const validate = compiled.get(schema) ?? ajv.compile(jsonSchema(schema))
  compiled.set(schema, validate)
  if (validate(body)) return []
  const faults = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if')
  return faults.slice(0, MOST_CAUSES).map(error => causeOf(error, schema))
}

/**
 * The body, once it is known to be what the schema says.
 *
 * @throws Failure 422 that names each place and what is wrong there
 */
export function checked<T>(schema: Schema, body: unknown): T {
  const causes = validateBody(schema, body)
  if (causes.length > 0) throw invalid(causes)
  return body as T
}

function invalid(causes: readonly Cause[]): Failure {
  return new Failure({
    code: 422,
    reason: 'Invalid',
    error: 'invalid_request',
    message: causes.map(({ field, message }) => `${field} ${message}`).join('; '),
    causes,
  })
}

/**
 * A schema of the kinds as plain JSON Schema (2020-12, as OpenAPI 3.1 has it): closed, because a typing error must not
 * pass as a wish that was not made.
 */
export function jsonSchema(schema: Schema): Json {
  const { description, ...rest } = schema
  const own = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('x-kubernetes-')))
  const said = description === undefined ? {} : { description }
  if ('x-kubernetes-int-or-string' in schema) {
    const { anyOf: _, ...bounds } = own
    return { ...said, ...bounds, type: ['integer', 'string'] }
  }
  if (schema.type === 'array') return { ...said, ...own, items: jsonSchema(schema.items) }
  if (schema.type !== 'object') return { ...said, ...own }
  if (!('properties' in schema))
    return { ...said, ...own, additionalProperties: jsonSchema(schema.additionalProperties) }
  const properties = Object.entries(schema.properties).map(([name, property]) => [name, jsonSchema(property)])
  return { ...said, ...own, properties: Object.fromEntries(properties), additionalProperties: false }
}

function causeOf(
  { instancePath, schemaPath, keyword, message = 'is invalid', params }: ErrorObject,
  schema: RequestSchema | Schema,
): Cause {
  const place = instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const at = (parts: readonly string[]) =>
    printable(
      parts
        .map(part => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
        .join('')
        .replace(/^\./, ''),
    ) || '(the body)'
  switch (keyword) {
    case 'required':
      return { field: at([...place, String(params['missingProperty'])]), message: 'is missing' }
    case 'additionalProperties': {
      const name = String(params['additionalProperty'])
      const known = namesAt(schema, place)
      const near = nearest(name, known)
      const hint = near === undefined ? `; known here: ${known.join(', ')}` : `; did you mean ${near}?`
      return { field: at([...place, name]), message: `is not known${known.length > 0 ? hint : ''}` }
    }
    case 'enum':
      return {
        field: at(place),
        message: `must be ${oneOf(params['allowedValues'] as readonly unknown[])}${condition(schemaPath, schema)}`,
      }
    case 'pattern':
      return { field: at(place), message: inWords(params['pattern']) ?? message }
    default:
      return { field: at(place), message }
  }
}

function oneOf(values: readonly unknown[]): string {
  return `${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`
}

/** Why this is asked for now, where another field settles it. */
function condition(schemaPath: string, schema: RequestSchema | Schema): string {
  const given = 'if' in schema && schemaPath.startsWith('#/then/') ? schema.if?.required : undefined
  return given === undefined ? '' : ` when ${given.join(' and ')} is given`
}

function namesAt(schema: Schema, place: readonly string[]): readonly string[] {
  const at = place.reduce<Schema | undefined>((inner, part) => {
    if (inner === undefined || !('type' in inner)) return undefined
    if (inner.type === 'array') return inner.items
    return inner.type === 'object' && 'properties' in inner ? inner.properties[part] : undefined
  }, schema)
  return at && 'properties' in at ? Object.keys(at.properties) : []
}

/** The known name that differs by a slip of the finger, if there is one. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const same = known.find(candidate => plain(candidate) === plain(name))
  if (same !== undefined || name.length > 64) return same
  const byDistance = known.map(candidate => ({ candidate, steps: distance(plain(name), plain(candidate)) }))
  const best = byDistance.sort((a, b) => a.steps - b.steps)[0]
  return best !== undefined && best.steps <= (name.length < 8 ? 1 : 2) ? best.candidate : undefined
}

/** Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}
