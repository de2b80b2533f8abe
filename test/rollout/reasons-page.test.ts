import { expect } from 'chai'
import { globSync } from 'node:fs'
import { REFUSALS } from '../../operator/api/rollout-recovery.ts'
import { ROOT, codesUnder, text } from './reasons-page.ts'

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
