import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { REFUSALS } from '../../operator/api/rollout-recovery.ts'

const ROOT = join(import.meta.dirname, '../..')
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** The codes of the table under a heading. */
function codesUnder(heading: string): readonly string[] {
  const section =
    text('docs/reasons.md')
      .split('\n## ')
      .find(part => part.startsWith(heading)) ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('| `'))
  return rows.flatMap(row => [...row.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(match => match[1]!))
}

describe('docs/reasons.md', () => {
  it('lists every reason that a plan can have, and no other', () => {
    const source = text('operator/rollout/reason.ts')
    const named = [
      ...source.matchAll(/(?:moving|stalled)\(\s*'([A-Z]\w+)'/g),
      ...source.matchAll(/reason: '([A-Z]\w+)'/g),
      ...source.matchAll(/\['([A-Z]\w+)', '/g),
    ]
    const codes = new Set(['Pending', ...named.map(match => match[1]!)])
    expect([...codes].toSorted()).to.deep.equal(codesUnder('Why a plan').toSorted())
  })

  it('lists every reason for which a node fails', () => {
    const source = ['operator/rollout/member.ts', ...globSync('operator/fleet/*.ts', { cwd: ROOT })]
      .map(text)
      .join('\n')
    const listed = codesUnder('Why a node')
    const named = [
      ...source.matchAll(/reason: (?:ok \? )?'([A-Z]\w+)'/g),
      ...source.matchAll(/^ {2}([A-Z]\w+): '(?:crash|pull|config)'/gm),
    ]
    expect(named.length).to.be.greaterThan(10)
    for (const [, code] of named) expect(listed).to.include(code)
  })

  it('lists every refusal, and no other', () => {
    expect([...codesUnder('Why a recovery')].toSorted()).to.deep.equal([...REFUSALS].toSorted())
  })
})
