import type { ObjectSchema, Schema } from '../api/schema.ts'
import { code } from './markdown.ts'

/** A field as a reader looks it up. */
export type Field = {
  /** `spec.stages[].gates[].kind` */
  readonly path: string
  readonly type: string
  readonly required: boolean
  /** As JSON. */
  readonly default?: string
  readonly bounds: readonly string[]
  readonly description: string
}

/** What must hold beyond a field's own bounds, in the words in which the API server refuses. */
export type RuleText = { readonly path: string; readonly message: string }

/** All fields below, depth first, in the order of the schema. A label selector is one field: `selectorFields` has its own. */
export function fieldsOf(schema: ObjectSchema, under = ''): readonly Field[] {
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const path = under === '' ? name : `${under}.${name}`
    return [field(path, property, schema.required?.includes(name) ?? false), ...below(property, path)]
  })
}

export function rulesOf(schema: Schema, path = ''): readonly RuleText[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap(({ message }) =>
    message === undefined ? [] : [{ path, message }],
  )
  if (isSelector(schema)) return own
  if ('items' in schema) return [...own, ...rulesOf(schema.items, `${path}[]`)]
  if (!isObject(schema)) return own
  const inner = Object.entries(schema.properties).flatMap(([name, property]) =>
    rulesOf(property, path === '' ? name : `${path}.${name}`),
  )
  return [...own, ...inner]
}

/** The first label selector below; all of a kind are alike. */
export function selectorIn(schema: Schema): ObjectSchema | undefined {
  if (isSelector(schema)) return schema
  if ('items' in schema) return selectorIn(schema.items)
  if (!isObject(schema)) return undefined
  for (const property of Object.values(schema.properties)) {
    const found = selectorIn(property)
    if (found) return found
  }
  return undefined
}

function below(schema: Schema, path: string): readonly Field[] {
  if (isSelector(schema)) return []
  if ('items' in schema) return below(schema.items, `${path}[]`)
  return isObject(schema) ? fieldsOf(schema, path) : []
}

function field(path: string, schema: Schema, required: boolean): Field {
  return {
    path,
    type: typeOf(schema),
    required,
    ...('default' in schema && schema.default !== undefined ? { default: JSON.stringify(schema.default) } : {}),
    bounds: boundsOf(schema),
    description: schema.description ?? ('items' in schema ? schema.items.description : undefined) ?? '',
  }
}

function isObject(schema: Schema): schema is ObjectSchema {
  return 'type' in schema && schema.type === 'object' && 'properties' in schema
}

function isSelector(schema: Schema): schema is ObjectSchema {
  return isObject(schema) && 'matchLabels' in schema.properties && 'matchExpressions' in schema.properties
}

function typeOf(schema: Schema): string {
  if ('x-kubernetes-int-or-string' in schema) return 'count or percentage'
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`
  if (isSelector(schema)) return 'label selector'
  if (schema.type === 'object' && 'additionalProperties' in schema) return 'map of strings'
  if (schema.type === 'string' && schema.format === 'date-time') return 'time'
  return schema.type
}

function boundsOf(schema: Schema): readonly string[] {
  if ('x-kubernetes-int-or-string' in schema) return [`${schema.minimum} or more, or ${schema.minimum}% to 100%`]
  switch (schema.type) {
    case 'string':
      if (schema.enum) return [schema.enum.map(code).join(', ')]
      if (schema.format === 'date-time') return []
      return [
        ...(schema.pattern === undefined ? [] : [code(schema.pattern)]),
        ...lengths(schema.minLength, schema.maxLength, 'character'),
      ]
    case 'integer':
    case 'number':
      return range(schema.minimum, schema.maximum)
    case 'array':
      return [...lengths(schema.minItems, schema.maxItems, 'item'), ...boundsOf(schema.items)]
    case 'object':
      return 'additionalProperties' in schema ? lengths(undefined, schema.maxProperties, 'entry') : []
    case 'boolean':
      return []
  }
}

function lengths(min: number | undefined, max: number | undefined, unit: 'character' | 'item' | 'entry') {
  const units = unit === 'entry' ? 'entries' : `${unit}s`
  return [
    ...(min === undefined ? [] : [`at least ${number(min)} ${min === 1 ? unit : units}`]),
    ...(max === undefined ? [] : [`at most ${number(max)} ${max === 1 ? unit : units}`]),
  ]
}

function range(min: number | undefined, max: number | undefined): readonly string[] {
  if (min !== undefined && max !== undefined) return [`${number(min)} to ${number(max)}`]
  if (min !== undefined) return [`${number(min)} or more`]
  return max === undefined ? [] : [`at most ${number(max)}`]
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
