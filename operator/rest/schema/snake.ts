import type { Schema } from '../../api/schema.ts'

/** The surface says in snake_case what the Kubernetes kinds say in camelCase; nothing else differs. */

export function snake(word: string): string {
  return word.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

function camel(word: string): string {
  return word.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The schema with every property renamed, at any depth. Keys of label maps are the caller's own and stay. */
export function snakeSchema(schema: Schema): Schema {
  if (!('type' in schema)) return schema
  if (schema.type === 'array') return { ...schema, items: snakeSchema(schema.items) }
  if (schema.type !== 'object' || !('properties' in schema)) return schema
  const properties = Object.entries(schema.properties).map(([name, property]) => [snake(name), snakeSchema(property)])
  const required = schema.required?.map(snake)
  return { ...schema, properties: Object.fromEntries(properties), ...(required === undefined ? {} : { required }) }
}

/** Objects whose keys are data. */
const MAPS = new Set(['match_labels'])

/** A body in the names of the kinds. */
export function toSpec(body: unknown): unknown {
  return renamed(body, camel, MAPS)
}

/** The spec of a kind in the names of the surface. */
export function fromSpec(spec: unknown): unknown {
  return renamed(spec, snake, new Set([...MAPS].map(camel)))
}

function renamed(value: unknown, rename: (word: string) => string, maps: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map(item => renamed(item, rename, maps))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), maps.has(name) ? inner : renamed(inner, rename, maps)]),
  )
}

/** A place in an object of the kinds, as the caller wrote it: `spec.stages[0].batchSize` is `stages[0].batch_size`. */
export function snakePath(path: string): string {
  const inSpec = path.replace(/^spec\.?/, '')
  if (inSpec.startsWith('metadata.name')) return 'plan_id'
  return snake(inSpec) || '(the body)'
}
