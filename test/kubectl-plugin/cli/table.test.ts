import { expect } from 'chai'
import { COMMANDS } from '../../../kubectl-plugin/cli/table.ts'
import { helpFor } from '../../../kubectl-plugin/cli/help.ts'
import { parse } from '../../../kubectl-plugin/cli/parse.ts'
import { EXIT } from '../../../kubectl-plugin/exit-code.ts'
import { EXITS } from '../../../kubectl-plugin/cli/exits.ts'

const SCREEN = { columns: undefined, colour: false }
const FLAGS = COMMANDS.flatMap(({ flags }) => flags)

/** Words of an example as a shell splits them. */
function split(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/["']/g, ''))
}

describe('the table of commands', () => {
  it('names each command once', () => {
    const names = COMMANDS.map(({ path }) => path.join(' '))
    expect(new Set(names).size).to.equal(names.length)
  })

  it('has no command that is the beginning of another one', () => {
    for (const { path } of COMMANDS)
      for (const other of COMMANDS)
        expect(other.path.length > path.length && path.every((word, at) => other.path[at] === word)).to.equal(false)
  })

  it('has for each name of a flag one form: with a value or without, with one letter or another', () => {
    for (const [name, same] of Map.groupBy(FLAGS, flag => flag.name)) {
      expect(new Set(same.map(({ value }) => value === undefined)).size, name).to.equal(1)
      expect(new Set(same.map(({ short }) => short)).size, name).to.equal(1)
    }
  })

  it('gives a letter to one flag only', () => {
    for (const [letter, same] of Map.groupBy(FLAGS, ({ short }) => short))
      if (letter !== undefined) expect(new Set(same.map(({ name }) => name)).size, `-${letter}`).to.equal(1)
  })

  it('says of every flag what it is, without a full stop', () => {
    for (const { name, says } of FLAGS) expect(says, name).to.match(/^.*[^.]$/)
  })

  for (const { path, examples } of COMMANDS)
    it(`has examples of ${path.join(' ')} that can be parsed`, () => {
      expect(examples).not.to.deep.equal([])
      for (const { words } of examples) {
        const line = split(words.split(/ [>&|]/)[0] ?? '')
        const parsed = parse(line, COMMANDS)
        expect(parsed.kind === 'run' && parsed.invocation.command.path, words).to.deep.equal(path)
      }
    })
})

describe('help', () => {
  const paths = [[], ['rollout'], ['rollout', 'plan'], ...COMMANDS.map(({ path }) => path)]
  for (const path of paths)
    it(`fits 80 columns but for commands to be copied: ${path.join(' ') || '(all)'}`, () => {
      const long = helpFor(path, COMMANDS, 'kubectl autonomy', SCREEN)
        .split('\n')
        .filter(line => [...line].length > 80 && !line.startsWith('  kubectl autonomy '))
      expect(long).to.deep.equal([])
    })

  it('tells every command and every exit code', () => {
    const text = helpFor([], COMMANDS, 'autonomy', SCREEN)
    for (const { summary } of COMMANDS) expect(text.replaceAll(/\s+/g, ' ')).to.include(summary)
    for (const { code } of EXITS) expect(text).to.match(new RegExp(`^ +${code}  `, 'm'))
  })

  it('tells every flag of a command', () => {
    for (const { path, flags } of COMMANDS) {
      const text = helpFor(path, COMMANDS, 'autonomy', SCREEN)
      for (const { name } of flags) expect(text, path.join(' ')).to.include(`--${name}`)
    }
  })

  it('speaks of the program as it was called', () => {
    expect(helpFor(['rollout', 'stuck'], COMMANDS, 'kubectl autonomy', SCREEN)).to.include(
      '  kubectl autonomy rollout stuck --threshold 15m',
    )
  })

  it('documents every exit code but that of an interruption, which is the shell’s', () => {
    const documented = EXITS.map(({ code }) => code)
    expect(Object.values(EXIT).filter(code => !documented.some(known => known === code))).to.deep.equal([130])
  })
})
