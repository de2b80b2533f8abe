import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { COMMANDS } from '../../../kubectl-plugin/cli/table.ts'
import { manPage } from '../../../kubectl-plugin/man/page.ts'

const FILE = join(import.meta.dirname, '../../../kubectl-plugin/man/autonomy.1')

describe('the manual page', () => {
  it('is what the table of commands says: npm run plugin:man', () => {
    expect(readFileSync(FILE, 'utf8')).to.equal(manPage(COMMANDS))
  })

  it('has every command and every flag', () => {
    const page = manPage(COMMANDS).replaceAll('\\-', '-')
    for (const { path, flags } of COMMANDS) {
      expect(page).to.include(`.SS ${path.join(' ')}`)
      for (const { name } of flags) expect(page).to.include(`--${name}`)
    }
  })

  it('has no line that a formatter takes for a request by mistake', () => {
    const odd = manPage(COMMANDS)
      .split('\n')
      .filter(line => /^[.']/.test(line) && !/^\.(\\"|TH|SH|SS|PP|TP|BI|BR|RI|RS|RE|B|I|br|nf|fi)( |$)/.test(line))
    expect(odd).to.deep.equal([])
  })
})
