import type { Schema } from '../../operator/api/schema.ts'
import { isRecord } from '../../operator/kube/refusal.ts'

/** A value with the defaults of its schema filled in, as the API server does it; the value itself stays as it is. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  const given = value ?? ('default' in schema ? schema.default : undefined)
  if (!('type' in schema) || given === undefined) return given
  if (schema.type === 'array')
    return Array.isArray(given) ? given.map((item: unknown) => withDefaults(schema.items, item)) : given
  if (schema.type !== 'object' || !('properties' in schema) || !isRecord(given)) return given
  const filled = Object.entries(schema.properties).flatMap(([name, inner]) => {
    const known = withDefaults(inner, given[name])
    return known === undefined ? [] : [[name, known] as const]
  })
  return { ...given, ...Object.fromEntries(filled) }
}
