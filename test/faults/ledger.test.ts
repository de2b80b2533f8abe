import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach } from 'mocha'
import { openLedger } from './ledger.ts'

describe('ledger of a campaign', () => {
  let folder = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'autonomy-ledger-'))
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  it('knows after a restart what was done, and adds up the seconds of all starts', () => {
    const first = openLedger('toys', folder)
    first.add({ id: 'a', flaws: [], at: 2 })
    first.add({ id: 'b', flaws: ['broken'], at: 5 })
    const second = openLedger('toys', folder)
    expect([...second.done.keys()]).to.deep.equal(['a', 'b'])
    expect(second.done.get('b')?.flaws).to.deep.equal(['broken'])
    second.add({ id: 'c', flaws: [], at: 3 })
    expect(openLedger('toys', folder).seconds()).to.equal(8)
  })

  it('takes a line that was cut off for a run that was not done', () => {
    openLedger('toys', folder).add({ id: 'a', flaws: [], at: 2 })
    appendFileSync(join(folder, 'toys.jsonl'), '{"id":"b","flaws":[],')
    openLedger('toys', folder).add({ id: 'c', flaws: [], at: 1 })
    expect([...openLedger('toys', folder).done.keys()]).to.deep.equal(['a', 'c'])
  })
})
