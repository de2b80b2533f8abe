import { planSpec } from '../../api/rollout-plan.ts'
import type { Schema } from '../../api/schema.ts'

/** The surface says in snake_case what the Kubernetes kinds say in camelCase; nothing else differs. */

export function snake(word: string): string {
  return word.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** The schema with every property renamed, at any depth. Keys of label maps are the caller's own and stay. */
export function snakeSchema(schema: Schema): Schema {
  const said = schema.description === undefined ? {} : { description: snakeText(schema.description) }
  if (!('type' in schema)) return { ...schema, ...said }
  if (schema.type === 'array') return { ...schema, ...said, items: snakeSchema(schema.items) }
  if (schema.type !== 'object' || !('properties' in schema)) return { ...schema, ...said }
  const properties = Object.entries(schema.properties).map(([name, property]) => [snake(name), snakeSchema(property)])
  const required = schema.required === undefined ? {} : { required: schema.required.map(snake) }
  return { ...schema, ...said, properties: Object.fromEntries(properties), ...required }
}

/** A description that names other fields, as in "beside matchLabels". Kinds and reasons begin with a capital and stay. */
function snakeText(text: string): string {
  return text.replaceAll(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, snake)
}

/** The spec of a plan, from a body in the names of the surface. Keys that no schema knows stay as they are. */
export function toSpec(body: unknown): unknown {
  return renamed(body, planSpec, name => [snake(name), name])
}

/** The spec of a plan in the names of the surface; `toSpec` gives it back. */
export function fromSpec(spec: unknown): unknown {
  return renamed(spec, planSpec, name => [name, snake(name)])
}

/**
 * Goes by the schema, not by how a key looks: below a label map keys are data, whatever their form.
 *
 * @param names of a property of the kind: how the value has it, and how the result is to have it
 */
function renamed(
  value: unknown,
  schema: Schema,
  names: (property: string) => readonly [from: string, to: string],
): unknown {
  if (!('type' in schema) || typeof value !== 'object' || value === null) return value
  if (schema.type === 'array')
    return Array.isArray(value) ? value.map(item => renamed(item, schema.items, names)) : value
  if (schema.type !== 'object' || !('properties' in schema)) return value
  const known = new Map(
    Object.entries(schema.properties).map(([property, inner]) => {
      const [from, to] = names(property)
      return [from, { to, inner }] as const
    }),
  )
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const property = known.get(name)
      return property ? [property.to, renamed(inner, property.inner, names)] : [name, inner]
    }),
  )
}

/** A place in an object of the kinds, as the caller wrote it: `spec.stages[0].batchSize` is `stages[0].batch_size`. */
export function snakePath(path: string): string {
  const inSpec = path.replace(/^spec(\.|$)/, '')
  if (inSpec.startsWith('metadata.name')) return 'plan_id'
  return snake(inSpec) || '(the body)'
}
