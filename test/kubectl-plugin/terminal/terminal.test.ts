import { expect } from 'chai'
import { openTerminal } from './terminal.ts'

const sh = (script: string, size: { readonly columns?: number; readonly rows?: number } = {}) =>
  openTerminal({ command: '/bin/sh', args: ['-c', script], ...size })

describe('the terminal that tests look at', () => {
  it('gives the program a real terminal of the size that was asked for', async () => {
    await using terminal = sh('test -t 0 && test -t 1 && stty size', { columns: 97, rows: 31 })
    expect(await terminal.shows('31 97')).to.include('31 97')
  })

  it('tells how the program ended', async () => {
    await using terminal = sh('exit 7')
    expect((await terminal.ended).code).to.equal(7)
  })

  it('tells which signal ended it', async () => {
    await using terminal = sh('kill -TERM $$')
    expect((await terminal.ended).signal).to.equal(15)
  })

  it('passes on keys', async () => {
    await using terminal = sh('read -r line; echo "read: $line"')
    await terminal.type('hello')
    terminal.press('enter')
    await terminal.shows('read: hello')
  })

  it('reads the screen as a person does: what was overwritten is gone', async () => {
    await using terminal = sh(String.raw`printf 'before\rafter \n'; exec sleep 5`)
    expect((await terminal.shows('after')).trim()).to.equal('after')
  })

  it('knows which modes were left on', async () => {
    await using terminal = sh(String.raw`printf '\033[?1049h\033[?25l\033[?2004hready'; exec sleep 5`)
    await terminal.shows('ready')
    expect(terminal.modes()).to.deep.equal({
      alternateScreen: true,
      bracketedPaste: true,
      cursorHidden: true,
      mouse: false,
    })
  })

  it('tells the program that the window has another size', async () => {
    await using terminal = sh("trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done")
    await terminal.shows('ready')
    terminal.resize(60, 20)
    await terminal.shows('20 60')
  })

  it('shows what the screen was when something does not come', async () => {
    await using terminal = sh('echo only this; exec sleep 5')
    await terminal.shows('only this')
    const failure = await terminal.shows('something else', 100).catch((error: unknown) => String(error))
    expect(failure).to.match(/something else.*\n.*only this/s)
  })
})
