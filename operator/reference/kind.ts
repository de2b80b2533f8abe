import type { definitions } from '../api/crd.ts'
import type { ObjectSchema } from '../api/schema.ts'
import { type Field, fieldsOf, rulesOf, selectorIn } from './fields.ts'
import { code, page, table } from './markdown.ts'

type Definition = (typeof definitions)[number]

/** The page about one kind: every field, and every rule that the API server holds it to. */
export function kindPage({ spec }: Definition): string {
  const { kind, plural, shortNames } = spec.names
  const version = spec.versions[0]
  const schema = version.schema.openAPIV3Schema
  const parts = ['spec', 'status'].flatMap(name => {
    const part = schema.properties[name]
    if (part === undefined || !('properties' in part)) return []
    return [`## ${name}`, part.description ?? '', fieldTable(fieldsOf(part, name)), ...rules(part, name)]
  })
  const selector = selectorIn(schema)
  return page(
    kind,
    `${schema.description ?? ''} ${code(`${spec.group}/${version.name}`)}, namespaced, ${code(plural)}, short ${shortNames.map(code).join(', ')}. ${code(`kubectl explain ${spec.names.singular}.spec --recursive`)} says the same from the cluster.`,
    ...rules(schema, ''),
    ...parts,
    ...(selector === undefined ? [] : ['## Label selectors', SELECTOR, fieldTable(fieldsOf(selector))]),
    '## Columns',
    `What ${code(`kubectl get ${shortNames[0] ?? plural}`)} shows; the wide ones with ${code('-o wide')}.`,
    table(
      ['column', '', 'from', 'what'],
      version.additionalPrinterColumns.map(({ name, jsonPath, description, priority }) => [
        name,
        priority === 1 ? 'wide' : '',
        code(jsonPath),
        description,
      ]),
    ),
    `Field selectors: ${version.selectableFields.map(({ jsonPath }) => code(jsonPath.slice(1))).join(', ')}.`,
  )
}

const SELECTOR =
  'As in every Kubernetes API. An empty selector selects everything; a node must satisfy both parts, where both are given.'

export function fieldTable(fields: readonly Field[]): string {
  const preset = ({ required, default: value }: Field) =>
    value === undefined ? (required ? 'required' : '') : code(value)
  return table(
    ['field', 'type', 'default', 'bounds', 'what'],
    fields.map(field => [code(field.path), field.type, preset(field), field.bounds.join('; '), field.description]),
  )
}

/** A part's own rules and those of its fields; the kind's own when `path` is empty, without those of its parts. */
function rules(schema: ObjectSchema, path: string): readonly string[] {
  const own = path === '' ? rulesOf({ ...schema, properties: {} }, 'metadata.name') : rulesOf(schema, path)
  if (own.length === 0) return []
  return [
    'What must hold besides, in the words of a refusal:',
    table(
      ['at', 'refusal'],
      own.map(rule => [code(rule.path), rule.message]),
    ),
  ]
}
