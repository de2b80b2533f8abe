import { expect } from 'chai'
import { UsageError } from '../../../kubectl-plugin/cli/invocation.ts'
import { type Parsed, parse } from '../../../kubectl-plugin/cli/parse.ts'
import { COMMANDS } from '../../../kubectl-plugin/cli/table.ts'

const words = (line: string) => (line === '' ? [] : line.split(' '))

function invocation(line: string) {
  const parsed = parse(words(line), COMMANDS)
  if (parsed.kind !== 'run') throw new Error(`${line} is no command`)
  return parsed.invocation
}

function complaint(line: string | readonly string[]): string {
  try {
    const { kind } = parse(typeof line === 'string' ? words(line) : line, COMMANDS)
    return `no complaint, ${kind}`
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError)
    return (error as UsageError).message
  }
}

describe('a command line', () => {
  it('is the longest command that its words begin with; the rest are arguments', () => {
    const { command, values } = invocation('rollout plan describe plan-abc123')
    expect(command.path).to.deep.equal(['rollout', 'plan', 'describe'])
    expect(values.get('plan-id')).to.equal('plan-abc123')
  })

  it('takes the plan by flag as by argument', () => {
    for (const line of ['rollout history p', 'rollout history --plan-id p', 'rollout history --plan-id=p'])
      expect(invocation(line).values.get('plan-id'), line).to.equal('p')
  })

  it('may have flags before the command', () => {
    const { command, values } = invocation('--context prod -n fleet rollout stuck')
    expect(command.path).to.deep.equal(['rollout', 'stuck'])
    expect([values.get('context'), values.get('namespace')]).to.deep.equal(['prod', 'fleet'])
  })

  it('knows flags by one letter, with the value beside or behind', () => {
    for (const line of ['rollout stuck -o json', 'rollout stuck -ojson'])
      expect(invocation(line).values.get('output'), line).to.equal('json')
  })

  it('takes a flag without a value as set, and false and none as not set', () => {
    const has = (line: string) => invocation(line).values.has('dry-run')
    expect(has('rollout pause p --dry-run')).to.equal(true)
    expect(has('rollout pause p --dry-run=server')).to.equal(true)
    expect(has('rollout pause p --dry-run=none')).to.equal(false)
    expect(has('rollout pause p')).to.equal(false)
  })

  it('collects a flag that may be repeated', () => {
    const { values } = invocation('rollout stuck --as a --as-group x --as-group y')
    expect(values.all('as-group')).to.deep.equal(['x', 'y'])
  })

  it('keeps a reason that begins with a dash', () => {
    const parsed = parse(['rollout', 'pause', 'p', '--reason', '-5 % battery'], COMMANDS)
    expect(parsed.kind === 'run' && parsed.invocation.values.get('reason')).to.equal('-5 % battery')
  })

  const help: readonly (readonly [line: string, path: readonly string[]])[] = [
    ['', []],
    ['--help', []],
    ['-h', []],
    ['rollout', ['rollout']],
    ['rollout plan', ['rollout', 'plan']],
    ['rollout plan list --help', ['rollout', 'plan', 'list']],
    ['rollout recover p -h --strategy nonsense', ['rollout', 'recover']],
  ]
  for (const [line, path] of help)
    it(`asks for help: "${line}"`, () => {
      expect(parse(words(line), COMMANDS)).to.deep.equal({ kind: 'help', path } satisfies Parsed)
    })

  const wrong: readonly (readonly [line: string, says: string])[] = [
    ['rolout plan list', '"rolout" is no command; did you mean rollout?'],
    ['rollout plan lst', '"lst" is no command in rollout plan; did you mean list?'],
    ['recover p', '"recover" is no command; did you mean rollout recover?'],
    ['rollout xyz', '"xyz" is no command in rollout; known here:'],
    ['rollout recover p --stratgy retry', '--stratgy is not known; did you mean --strategy?'],
    ['rollout recover p --xyzzy 1', '--xyzzy is not known'],
    ['rollout stuck --strategy retry', '--strategy is no flag of rollout stuck'],
    [
      'rollout recover p --strategy retyr',
      'must be one of rollback, retry, skip_failed, not "retyr"; did you mean retry?',
    ],
    ['rollout recover p --strategy', '--strategy needs a value: --strategy WORD'],
    ['rollout recover p --reason --yes', '--reason needs a value, and --yes looks like a flag'],
    ['rollout pause p --dry-run=client', '--dry-run=client is not served'],
    ['rollout recover p --yes=maybe', '--yes takes no value, or one of true, false, not "maybe"'],
    ['rollout history a b', '"b" is too much: rollout history takes PLAN only; quote text that has blanks'],
    ['rollout stuck now', '"now" is too much: rollout stuck takes no arguments'],
    ['rollout history a --plan-id b', 'PLAN is a here and b in --plan-id; give one of them'],
    ['rollout history --plan-id a --plan-id b', '--plan-id is given more than once: a, b'],
    ['completion tcsh', 'SHELL must be one of bash, zsh, fish, not "tcsh"'],
    ['--nonsense', '--nonsense is not known'],
  ]
  for (const [line, says] of wrong)
    it(`is refused with what was meant: ${line}`, () => {
      expect(complaint(line)).to.include(says)
    })

  it('is refused when a value is blank', () => {
    expect(complaint(['rollout', 'pause', 'p', '--reason', '  '])).to.equal('--reason is empty')
  })

  it('is asked for what is missing in the words of the command', () => {
    expect(() => invocation('rollout history').values.need('plan-id')).to.throw(
      UsageError,
      'say which plan: rollout history PLAN, or --plan-id',
    )
    expect(() => invocation('rollout recover p').values.need('reason')).to.throw(
      UsageError,
      '--reason is missing: why, for whoever reads the record later; required',
    )
  })
})
