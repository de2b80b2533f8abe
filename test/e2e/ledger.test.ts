import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { createLedger } from './ledger.ts'

describe('the ledger of a run', () => {
  const written = () => {
    const out = new PassThrough({ encoding: 'utf8' })
    return { out, text: () => String(out.read() ?? '').replaceAll(/\d+\.\d s/g, '# s') }
  }

  it('writes a line for a fact that holds, with what was found', async () => {
    const { out, text } = written()
    const ledger = createLedger(out, false)
    await ledger.fact('water is wet', async () => 'at 20 °C')
    expect(text()).to.equal('  ✓ water is wet (at 20 °C) # s\n')
    expect(ledger.count()).to.deep.equal({ held: 1, broken: 0 })
  })

  it('says why one does not, with the causes, and ends the chapter', async () => {
    const { out, text } = written()
    const ledger = createLedger(out, false)
    const check = async () => {
      throw new Error('it is not', { cause: new Error('it is ice') })
    }
    const error: unknown = await ledger.fact('water is wet', check).catch((reason: unknown) => reason)
    ledger.broken('weather', error)
    expect(text()).to.equal('  ✗ water is wet # s\n    it is not: it is ice\n')
    expect(ledger.count()).to.deep.equal({ held: 0, broken: 1 })
  })

  it('says so when a chapter ends for another reason', () => {
    const { out, text } = written()
    createLedger(out, false).broken('weather', new Error('no thermometer'))
    expect(text()).to.equal('  ✗ chapter weather cannot be told: no thermometer\n')
  })
})
