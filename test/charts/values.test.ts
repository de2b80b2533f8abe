import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { load } from 'js-yaml'

const CHART = join(import.meta.dirname, '../../charts/autonomy-rollouts')
const text = (file: string) => readFileSync(join(CHART, file), 'utf8')

type Schema = { readonly properties?: { readonly [name: string]: Schema }; readonly additionalProperties?: unknown }

/** `a.b` for every value that is not a group of values. */
function keysOf(values: unknown, prefix = ''): string[] {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return [prefix.slice(0, -1)]
  const entries = Object.entries(values)
  return entries.length === 0
    ? [prefix.slice(0, -1)]
    : entries.flatMap(([key, value]) => keysOf(value, `${prefix}${key}.`))
}

/** What `# -- ` says above a value or a group of values, by `a.b`, in the order of the file. */
function explanationsOf(yaml: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const path: string[] = []
  let comment = ''
  for (const line of yaml.split('\n')) {
    const words = /^ *# (?<start>-- )?(?<text>.*)$/.exec(line)?.groups
    const value = /^(?<indent> *)(?<name>[A-Za-z]+):/.exec(line)?.groups
    if (value) {
      path.splice((value['indent'] ?? '').length / 2, Infinity, value['name'] ?? '')
      if (comment !== '') found.set(path.join('.'), comment)
    }
    comment = words ? (words['start'] ? '' : `${comment} `) + words['text'] : ''
  }
  return found
}

function valueAt(values: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((group, name) => (group as { readonly [name: string]: unknown })[name], values)
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  const names: { readonly [type: string]: string } = { boolean: 'bool', number: 'int' }
  return names[typeof value] ?? typeof value
}

/** As Go writes a map. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]))
}

function schemaKeys(schema: Schema, prefix = ''): string[] {
  const entries = Object.entries(schema.properties ?? {}).filter(([key]) => prefix + key !== 'global')
  return entries.length === 0
    ? [prefix.slice(0, -1)]
    : entries.flatMap(([key, part]) => schemaKeys(part, `${prefix}${key}.`))
}

/** Groups of values that would let a misspelt one pass. */
function open(schema: Schema, path = 'values'): string[] {
  const parts = Object.entries(schema.properties ?? {})
  const self = parts.length > 0 && schema.additionalProperties !== false ? [path] : []
  return [...self, ...parts.flatMap(([key, part]) => open(part, `${path}.${key}`))]
}

describe('values of the chart', () => {
  const values: unknown = load(text('values.yaml'))
  const explanations = explanationsOf(text('values.yaml'))
  const explained = [...explanations.keys()]
  const schema = JSON.parse(text('values.schema.json')) as Schema

  it('are all explained where they are set', () => {
    const within = (key: string) => explained.some(other => key === other || key.startsWith(`${other}.`))
    expect(keysOf(values).filter(key => !within(key))).to.deep.equal([])
  })

  it('are all in the schema, and no others are', () => {
    expect(schemaKeys(schema).sort()).to.deep.equal(explained.toSorted())
  })

  it('are refused when the schema does not know them', () => {
    expect(open(schema)).to.deep.equal([])
  })

  it('are all in the README, with the same words, in the format of helm-docs', () => {
    const rows = [...explanations].map(([key, words]) => {
      const value = valueAt(values, key)
      return `| ${key} | ${typeOf(value)} | \`${JSON.stringify(sorted(value))}\` | ${words} |`
    })
    const table = text('README.md').match(/\| Key .*\n\|-.*\n((?:\|.*\n)*)/)?.[1] ?? ''
    expect(table.trimEnd().split('\n')).to.deep.equal(rows)
  })
})

describe('definitions in the chart', () => {
  it('are those of the repository, not a copy', () => {
    expect(readlinkSync(join(CHART, 'files/crds'))).to.equal('../../../crds')
    expect(readdirSync(join(CHART, 'files/crds'))).to.include('rolloutplans.yaml')
  })
})

describe('recipes for Argo CD and Flux', () => {
  it('ask for this version of the chart', () => {
    const { version } = load(text('Chart.yaml')) as { readonly version: string }
    const recipe = (file: string) => readFileSync(join(CHART, '../../docs/gitops', file), 'utf8')
    expect(recipe('argocd-application.yaml')).to.include(`targetRevision: ${version}\n`)
    expect(recipe('flux.yaml')).to.include(`tag: ${version}\n`)
  })
})
