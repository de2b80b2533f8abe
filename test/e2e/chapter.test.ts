import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { CHAPTERS, chaptersNamed } from './chapter.ts'

describe('the chapters of the end-to-end run', () => {
  const names = CHAPTERS.map(({ name }) => name)

  it('are told in their own order, whichever are asked for', () => {
    expect(chaptersNamed(['upgrade', 'all']).map(({ name }) => name)).to.deep.equal(names)
    expect(chaptersNamed(['rights', 'cluster']).map(({ name }) => name)).to.deep.equal(['cluster', 'rights'])
  })

  it('are those of a first look when none is asked for', () => {
    expect(chaptersNamed([]).map(({ name }) => name)).to.deep.equal([
      'cluster',
      'install',
      'runbook',
      'book',
      'rollout',
    ])
  })

  it('are named when one is asked for that does not exist', () => {
    expect(() => chaptersNamed(['instal'])).to.throw('there is no chapter instal: name some of cluster, install')
  })

  it('stand in the README, each in its row and in their order', () => {
    const rows = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8').matchAll(/^\| `(\w+)` /gm)
    expect([...rows].map(([, name]) => name)).to.deep.equal(names)
  })
})
