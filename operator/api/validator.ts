import { Ajv, type ErrorObject } from 'ajv'
import { rolloutPlan } from './rollout-plan.ts'
import { rolloutRecovery } from './rollout-recovery.ts'
import type { ObjectSchema } from './schema.ts'

/** One thing wrong with an object: where, as a path a person can find, and what. */
export type Violation = { readonly path: string; readonly message: string }

const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, strictTypes: false })
for (const keyword of [
  'x-kubernetes-validations',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
])
  ajv.addKeyword({ keyword })
ajv.addFormat('date-time', value => !Number.isNaN(Date.parse(value)))
ajv.addFormat('int32', { type: 'number', validate: value => Math.abs(value) <= 2 ** 31 })
ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger })
ajv.addFormat('double', { type: 'number', validate: Number.isFinite })

function validator(schema: ObjectSchema) {
  const validate = ajv.compile(schema)
  return (object: unknown): readonly Violation[] => (validate(object) ? [] : (validate.errors ?? []).map(violation))
}

function violation({ instancePath, message, params }: ErrorObject): Violation {
  const path = instancePath
    .split('/')
    .slice(1)
    .map(part => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
  const allowed = 'allowedValues' in params ? `: ${(params['allowedValues'] as unknown[]).join(', ')}` : ''
  return { path: path || '(the object)', message: `${message ?? 'is invalid'}${allowed}` }
}

/**
 * Checks objects against the same schemas that the API server has, CEL rules and unknown fields excepted:
 * those only the server judges.
 *
 * Answers every violation found; none means valid. Never changes the object, so defaults are not filled in.
 */
export const validatePlan = validator(rolloutPlan)
export const validateRecovery = validator(rolloutRecovery)
