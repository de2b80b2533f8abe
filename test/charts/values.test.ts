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
  const values = keysOf(load(text('values.yaml')))
  const schema = JSON.parse(text('values.schema.json')) as Schema

  it('are all in the schema, and no others are', () => {
    expect(schemaKeys(schema).sort()).to.deep.equal([...values].sort())
  })

  it('are refused when the schema does not know them', () => {
    expect(open(schema)).to.deep.equal([])
  })

  it('are all explained where they are set', () => {
    const lines = text('values.yaml').split('\n')
    const unexplained = lines.filter((line, index) => {
      const isLeaf = /^\s*[A-Za-z]+: *\S/.test(line)
      return isLeaf && !lines[index - 1]?.trim().startsWith('#')
    })
    expect(unexplained).to.deep.equal([])
  })

  it('are all in the README, in the same order', () => {
    const rows = text('README.md')
      .split('\n')
      .filter(line => /^\| [a-z][A-Za-z.]+ \| (string|bool|int|list|object) \|/.test(line))
    expect(rows.map(row => row.split(' | ')[0]?.slice(2))).to.deep.equal(values)
  })
})

describe('definitions in the chart', () => {
  it('are those of the repository, not a copy', () => {
    expect(readlinkSync(join(CHART, 'files/crds'))).to.equal('../../../crds')
    expect(readdirSync(join(CHART, 'files/crds'))).to.include('rolloutplans.yaml')
  })
})
