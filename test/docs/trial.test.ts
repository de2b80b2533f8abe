import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Shell, openShell } from './shell.ts'
import { stepsOf } from './step.ts'
import { tryPage } from './trial.ts'

/** A page, without its own fences: ``` is written ~~~ here. */
function page(...lines: readonly string[]): string {
  return lines.join('\n').replaceAll('~~~', '```')
}

describe('a page of docs that is tried', () => {
  let folder = ''
  let shell: Shell | undefined
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'autonomy-page-'))
    shell = openShell(folder, { PATH: process.env['PATH'] ?? '' })
  })
  afterEach(async () => {
    await shell?.close()
    await rm(folder, { recursive: true })
  })

  const scenes: string[] = []
  async function outcome(...lines: readonly string[]): Promise<string> {
    if (shell === undefined) throw new Error('the shell is open from beforeEach on')
    const place = { shell, folder, scenes: { 'it rains': async () => void scenes.push('rain') } }
    try {
      await tryPage('page.md', stepsOf(page(...lines)), place)
      return 'holds'
    } catch (error) {
      return (error as Error).message
    }
  }

  it('holds when commands print what it shows, and variables last', async () => {
    expect(
      await outcome('~~~sh', 'export WHO=world', '~~~', '~~~console', '$ echo "hello $WHO"', 'hello world', '~~~'),
    ).to.equal('holds')
  })

  it('fails for a command that fails, with its page and line', async () => {
    expect(await outcome('# A', '~~~sh', 'cat missing', '~~~')).to.match(/^page\.md, line 3: .*No such file/s)
    expect(await outcome('~~~console', '$ false', '~~~')).to.match(/^page\.md, line 2: false\nended with 1/)
  })

  it('fails for a failure in the middle of a block', async () => {
    expect(await outcome('~~~sh', 'cat missing', 'true', '~~~')).to.include('No such file')
    expect(await outcome('~~~sh', 'until true; do false; done', 'if false; then true; fi', '~~~')).to.equal('holds')
  })

  it('fails for a failure in the middle of a pipe', async () => {
    expect(await outcome('~~~sh', 'cat missing | cat', '~~~')).to.include('No such file')
  })

  it('fails when something else is printed', async () => {
    expect(await outcome('~~~console', '$ echo one', 'two', '~~~')).to.match(
      /^page\.md, line 2: expected 'one' to equal/,
    )
    expect(await outcome('~~~console', '$ echo one', '~~~')).to.include("expected 'one' to equal ''")
    expect(await outcome('~~~console', '$ true', 'one', '~~~')).to.include("expected '' to equal 'one'")
  })

  it('holds for a command that is shown to fail', async () => {
    expect(await outcome('~~~console', '$ echo no; false', 'no', '~~~')).to.equal('holds')
  })

  it('takes … for what was cut, and for no more', async () => {
    const cut = (...shown: readonly string[]) => outcome('~~~console', '$ printf "a\\nb\\nc d\\n"', ...shown, '~~~')
    expect(await cut('…')).to.equal('holds')
    expect(await cut('a', '…')).to.equal('holds')
    expect(await cut('a', '…', 'c …')).to.equal('holds')
    expect(await cut('b', '…')).to.not.equal('holds')
    expect(await cut('…', 'b')).to.not.equal('holds')
    expect(await cut('a', '…', 'b', '…', 'x')).to.not.equal('holds')
  })

  it('takes times, ages and widths of columns for what they are', async () => {
    expect(
      await outcome(
        '~~~console',
        '$ echo "NAME     AGE; a   12s 2026-01-01T00:00:00Z"',
        'NAME  AGE; a  3m 2025-09-09T01:02:03Z',
        '~~~',
      ),
    ).to.equal('holds')
  })

  it('sets up scenes in their place, and knows when there is none', async () => {
    expect(await outcome('<!-- it rains -->')).to.equal('holds')
    expect(scenes).to.deep.equal(['rain'])
    expect(await outcome('<!-- it snows -->')).to.equal('page.md, line 1: there is no scene "it snows"')
  })

  it('goes on after a backslash, a pipe and in a here-document', async () => {
    expect(
      await outcome('~~~console', '$ echo a \\', '  b |', '  cat', 'a b', "$ cat <<'EOF'", 'x', 'EOF', 'x', '~~~'),
    ).to.equal('holds')
  })

  it('leaves alone what is not run here', async () => {
    expect(stepsOf(page('~~~sh not-run: it needs a cloud', 'exit 1', '~~~'))).to.deep.equal([])
    expect(stepsOf(page('~~~sh real-cluster', 'exit 1', '~~~'))[0]).to.include({ where: 'real-cluster' })
  })

  it('says so when a command ends the shell', async () => {
    expect(await outcome('~~~sh', 'exit 0', '~~~')).to.include('the shell ended in: exit 0')
  })
})
