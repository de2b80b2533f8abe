import { join } from 'node:path'
import { expect } from 'chai'
import { STARTING_MS, PROGRAM } from './viewer.ts'
import { stuckPlan } from './build.ts'
import { type Scripted, startScripted } from './scripted.ts'
import { until } from '../../cluster/wait.ts'
import { type Terminal, openTerminal } from '../terminal/terminal.ts'

const MAIN = join(import.meta.dirname, '../../../kubectl-plugin/main.ts')
const CLEAN = { alternateScreen: false, bracketedPaste: false, cursorHidden: false, mouse: false }

/** In a shell that mends nothing by itself, as a user has it: what the program leaves behind is what is there. */
async function inShell(
  { url }: Scripted,
  wait: RegExp | 'not at all' = /\? help/,
  command = `"${PROGRAM}" ${url} agent-2`,
): Promise<{ terminal: Terminal; pid: number }> {
  const terminal = openTerminal({
    command: '/bin/sh',
    args: ['-i'],
    env: { PS1: '$ ', ENV: undefined },
  })
  await terminal.shows('$ ')
  await terminal.type(`"${process.execPath}" ${command} & echo pid=$! ; fg >/dev/null ; echo code=$?`)
  terminal.press('enter')
  const [, pid = '0'] = /pid=(\d+)/.exec(await terminal.shows(/pid=\d+/)) ?? []
  if (wait !== 'not at all') await terminal.shows(wait, STARTING_MS)
  return { terminal, pid: Number(pid) }
}

/**
 * What `stty` says of the terminal. Asked more than once if need be: what is typed before the guard has put the terminal
 * right is not yet a line to the shell.
 */
async function settings(terminal: Terminal): Promise<string> {
  const ask = 'stty -a | tr ";" "\\n" | grep -wE "icanon|echo|isig|icrnl|opost" | tr "\\n" " "; echo =settings'
  for (let turn = 0; ; turn += 1) {
    await terminal.type(ask)
    terminal.press('enter')
    try {
      const screen = await terminal.shows(/^[^$]*=settings$/m, 2_000)
      return screen
    } catch (error) {
      if (turn === 4) throw error
    }
  }
}

function running(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function gone(pid: number): Promise<void> {
  await until(() => !running(pid), { what: 'the program has ended', withinMs: 10_000 })
}

describe('the terminal afterwards', function () {
  this.timeout(120_000)
  let scripted: Scripted
  before(async () => (scripted = await startScripted([stuckPlan()])))
  after(async () => await scripted[Symbol.asyncDispose]())

  const ends: readonly (readonly [string, (terminal: Terminal, pid: number) => void | Promise<void>, RegExp])[] = [
    ['q', async terminal => await terminal.type('q'), /code=0/],
    ['Ctrl-C', terminal => terminal.press('ctrlC'), /code=130/],
    ['SIGTERM', (_, pid) => void process.kill(pid, 'SIGTERM'), /code=1(43|30)/],
    // A shell whose command died of an interrupt drops the rest of the line.
    ['SIGINT', (_, pid) => void process.kill(pid, 'SIGINT'), /^\$ $/m],
    ['SIGHUP', (_, pid) => void process.kill(pid, 'SIGHUP'), /code=1(29|30)/],
    // The shell is quicker than the guard: what it says first is on the screen that is left.
    ['SIGKILL', (_, pid) => void process.kill(pid, 'SIGKILL'), /pid=/],
  ]
  for (const [how, end, code] of ends)
    it(`is as it was after ${how}`, async () => {
      const { terminal, pid } = await inShell(scripted)
      await using _ = terminal
      expect(terminal.modes()).to.deep.include({ alternateScreen: true, cursorHidden: true })
      await end(terminal, pid)
      await gone(pid)
      await terminal.hides('STAGES')
      await terminal.shows(code)
      const screen = await settings(terminal)
      expect(terminal.modes()).to.deep.equal(CLEAN)
      expect(screen)
        .to.match(/[^-]icanon/)
        .and.to.match(/[^-]echo /)
        .and.to.not.match(/-(icanon|echo|isig|icrnl|opost) /)
    })

  describe('of the whole program, which minds signals itself,', () => {
    const command = () => `"${MAIN}" rollout watch agent-2 --orchestrator-url ${scripted.url}`
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)
      it(`is as it was after ${signal}`, async () => {
        const { terminal, pid } = await inShell(scripted, /\? help/, command())
        await using _ = terminal
        process.kill(pid, signal)
        await gone(pid)
        await terminal.hides('STAGES')
        const screen = await settings(terminal)
        expect(terminal.modes()).to.deep.equal(CLEAN)
        expect(screen)
          .to.match(/[^-]icanon/)
          .and.to.match(/[^-]echo /)
      })

    it('does not outlive its window', async () => {
      const { terminal, pid } = await inShell(scripted, /\? help/, command())
      await terminal[Symbol.asyncDispose]()
      await gone(pid)
      expect(running(pid)).to.equal(false)
    })
  })

  it('is as it was when the program fails, and says what failed', async () => {
    await using own = await startScripted([stuckPlan()])
    const { terminal, pid } = await inShell(own)
    await using _ = terminal
    // An answer that the API does not give: the view falls over it.
    own.world.plans = [{ plan_id: 'agent-2' } as never]
    await gone(pid)
    await terminal.shows(/code=1/)
    const screen = await settings(terminal)
    expect(terminal.modes()).to.deep.equal(CLEAN)
    expect(screen)
      .to.match(/[^-]icanon/)
      .and.to.match(/[^-]echo /)
      .and.to.include('TypeError')
  })

  it('has the last state of the plan in its scrollback', async () => {
    const { terminal } = await inShell(scripted)
    await using _ = terminal
    await terminal.type('q')
    await terminal.shows(/agent-2 active \(stuck\) stage ring 5\/9 TooManyFailures/)
  })

  it('is as it was when the program is killed while a question is open', async () => {
    const { terminal, pid } = await inShell(scripted)
    await using _ = terminal
    await terminal.type('rny')
    await terminal.shows('reason:')
    process.kill(pid, 'SIGKILL')
    await gone(pid)
    await terminal.hides('reason:')
    await settings(terminal)
    expect(terminal.modes()).to.deep.equal(CLEAN)
  })

  for (const after of [50, 150, 300, 450, 600, 800, 1_100, 1_500])
    it(`is as it was when the program is killed ${after} ms after its start, whatever it has come to`, async () => {
      const { terminal, pid } = await inShell(scripted, 'not at all')
      await using _ = terminal
      await new Promise(resolve => setTimeout(resolve, after))
      process.kill(pid, 'SIGKILL')
      await gone(pid)
      const screen = await settings(terminal)
      expect(terminal.modes()).to.deep.equal(CLEAN)
      expect(screen)
        .to.match(/[^-]icanon/)
        .and.to.match(/[^-]echo /)
    })

  it('is left alone when the window is closed', async () => {
    const { terminal, pid } = await inShell(scripted)
    await terminal[Symbol.asyncDispose]()
    await gone(pid)
    expect(running(pid)).to.equal(false)
  })
})
