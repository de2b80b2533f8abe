import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { quoted } from '../../../kubectl-plugin/cli/command-line.ts'

describe('a word of a suggested command', () => {
  for (const word of ['plan-abc123', '95% of nodes', `it's "broken"`, '$(reboot)', 'a;b', '', 'ünïcödé', '-n'])
    it(`is one word to a shell, and the same: ${word}`, () => {
      const printed = execFileSync('bash', ['-c', `printf '%s' ${quoted(word)}`], { encoding: 'utf8' })
      expect(printed).to.equal(word)
    })
})
