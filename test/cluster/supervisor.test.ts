import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startSupervisor } from './supervisor.ts'

describe('the supervisor', () => {
  it('runs within a command that is given, and what it starts does, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'supervisor-'))
    const mark = join(folder, 'mark')
    const supervisor = await startSupervisor(folder, { within: ['sh', '-c', 'echo $$ > "$0"; "$@"; exit $?', mark] })
    try {
      const logFile = join(folder, 'log')
      const started = await supervisor.start({ name: 'echo', command: 'echo', args: ['hello'], logFile })
      expect(await started.exited).to.deep.equal({ code: 0, signal: null })
      expect(await readFile(logFile, 'utf8')).to.equal('hello\n')
      expect(Number(await readFile(mark, 'utf8'))).to.equal(supervisor.pid)
    } finally {
      await supervisor.close()
    }
  })
})
