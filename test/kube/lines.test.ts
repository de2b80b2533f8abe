import { expect } from 'chai'
import * as fc from 'fast-check'
import { splitLines } from '../../operator/kube/lines.ts'

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut)
    start = Math.max(start, cut)
  }
  yield bytes.subarray(start)
}

async function split(text: string, cuts: readonly number[] = [], longest = 1_000): Promise<string[]> {
  const lines: string[] = []
  for await (const line of splitLines(inPieces(Buffer.from(text), cuts), longest)) lines.push(line)
  return lines
}

describe('splitLines', () => {
  it('gives the lines, without empty ones', async () => {
    expect(await split('a\n\nb\n')).to.deep.equal(['a', 'b'])
  })

  it('drops a last line that was cut off', async () => {
    expect(await split('a\nb')).to.deep.equal(['a'])
  })

  it('puts characters together that were cut in two', async () => {
    expect(await split('ü€\n', [1, 3, 4])).to.deep.equal(['ü€'])
  })

  it('refuses a line that is too long, even before it ends', async () => {
    const outcome = await split('x'.repeat(30), [10, 20], 15).catch((error: unknown) => error)
    expect(outcome).to.include({ code: 'line_too_long' })
  })

  it('gives the same lines however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(200)), async (text, cuts) => {
        expect(await split(`${text}\n`, cuts)).to.deep.equal(`${text}\n`.split('\n').filter(line => line !== ''))
      }),
      { numRuns: 300 },
    )
  })
})
