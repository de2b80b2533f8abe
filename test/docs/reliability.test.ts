import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ROOT } from './page.ts'

type Line = {
  readonly campaign: string
  readonly runs: number
  readonly violations?: number
  readonly missed?: number
  readonly killed?: number
  readonly survived?: number
  readonly seconds: number
}

const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8')
const results = readFileSync(join(ROOT, 'test/faults/results.jsonl'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map(line => JSON.parse(line) as Line)

const written = (count: number | undefined) => count?.toLocaleString('en') ?? ''

/** Rows that begin with a campaign and go on with numbers. */
const rows = page
  .split('\n')
  .map(line => line.split('|').map(cell => cell.trim()))
  .filter(([, campaign = '', second = '']) => campaign.startsWith('`') && /^[\d,]+$/.test(second))
  .map(cells => cells.slice(1, -1))

describe('page of reliability', () => {
  it('has the counts of the last full run of each campaign', () => {
    const campaigns = results.filter(({ campaign }) => campaign !== 'mutants')
    const expected = campaigns.map(({ campaign, runs, violations, missed, seconds }) => [
      `\`${campaign}\``,
      ...[runs, violations, missed, seconds].map(written),
    ])
    const sorted = (table: readonly (readonly string[])[]) => table.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))
    expect(sorted(rows)).to.deep.equal(sorted(expected))
  })

  it('says how many of the historical bugs were found, or that it is not known', () => {
    const mutants = results.find(({ campaign }) => campaign === 'mutants')
    const wanted = mutants
      ? `\`mutants\` found ${mutants.killed} of the ${mutants.runs} bugs, and not ${mutants.survived}`
      : '`mutants`, which was stopped then: it has not been run to its end on this tree'
    expect(page.replaceAll(/\s+/g, ' ')).to.include(wanted)
  })
})
