import { transformSync } from 'esbuild'
import { expect } from 'chai'
import { MUTANTS } from './all.ts'
import { mutatedFiles } from './mutant.ts'

describe('historical bugs for the mutation check', () => {
  it('are at least thirty, each of its own name', () => {
    const names = new Set(MUTANTS.map(({ name }) => name))
    expect(names.size).to.equal(MUTANTS.length)
    expect(names.size).to.be.at.least(30)
  })

  for (const mutant of MUTANTS)
    it(`can be put into the operator as it is now: ${mutant.name}`, () => {
      const files = mutatedFiles(mutant)
      expect(files.size).to.be.greaterThan(0)
      for (const [file, text] of files) transformSync(text, { loader: 'ts', sourcefile: file })
    })

  it('say so when the text that they change is no longer there', () => {
    const patches = [{ file: 'operator/rollout/batch.ts', find: 'text that nobody has written', put: '' }]
    const stale = { name: 'stale', story: '', seen: '', patches }
    expect(() => mutatedFiles(stale)).to.throw('mutant stale: operator/rollout/batch.ts has 0 times instead of once')
  })
})
