import { expect } from 'chai'
import { COMMANDS } from '../../../kubectl-plugin/cli/table.ts'
import { readLine } from '../../../kubectl-plugin/completion/words.ts'

/** The last word is being typed; a blank at the end begins a new one. */
function slot(line: string) {
  return readLine(line.split(' '), COMMANDS).slot
}

function candidates(line: string): readonly string[] {
  const found = slot(line)
  return found.kind === 'words' ? found.candidates.map(({ word }) => word) : [`(${found.kind})`]
}

describe('what can be typed', () => {
  const first: readonly (readonly [line: string, includes: readonly string[], not: readonly string[]])[] = [
    ['', ['rollout', 'completion', 'version'], ['list', '--help']],
    ['rollout ', ['plan', 'recover', 'gate', 'watch'], ['list', 'rollout']],
    ['rollout plan ', ['list', 'describe', 'create', 'cancel'], ['recover']],
    ['--context prod rollout plan ', ['list'], []],
    ['-n fleet rollout gate ', ['list', 'approve', 'report'], []],
    ['rollout recover --', ['--strategy', '--reason', '--plan-id', '--help'], ['--threshold']],
    ['rollout recover --reason x --', ['--strategy'], ['--reason']],
    ['rollout stuck --as a --as-group x --', ['--as-group'], ['--as']],
    ['rollout recover p --strategy ', ['rollback', 'retry', 'skip_failed'], []],
    ['rollout recover p --strategy=', ['--strategy=rollback'], ['rollback']],
    ['rollout stuck -o ', ['json', 'yaml', 'wide', 'name', 'jsonpath='], []],
    ['rollout nodes p --state ', ['failed', 'pending'], []],
    ['completion ', ['bash', 'zsh', 'fish'], []],
  ]
  for (const [line, includes, not] of first)
    it(`after "${line}": ${includes.join(', ')}`, () => {
      expect(candidates(line)).to.include.members([...includes])
      for (const word of not) expect(candidates(line)).not.to.include(word)
    })

  const live: readonly (readonly [line: string, what: string, before: string])[] = [
    ['rollout plan describe ', 'plan', ''],
    ['rollout recover --strategy retry ', 'plan', ''],
    ['rollout recover --plan-id ', 'plan', ''],
    ['rollout recover --plan-id=pl', 'plan', '--plan-id='],
    ['rollout recover plan-abc123 --stage-id ', 'stage', ''],
    ['rollout gate approve p --stage-id s --gate ', 'gate', ''],
    ['rollout lint -f ', 'file', ''],
    ['rollout stuck --context ', 'context', ''],
  ]
  for (const [line, what, before] of live)
    it(`after "${line}": the name of a ${what}`, () => {
      expect(slot(line)).to.deep.equal({ kind: 'live', what, before })
    })

  for (const line of [
    'rollout describe p ',
    'rollout history p ',
    'rollout history --plan-id p ',
    'rollout pause p --reason ',
    'nonsense ',
  ])
    it(`after "${line}": nothing is known`, () => {
      expect(candidates(line).filter(word => word !== '(nothing)')).to.deep.equal([])
    })

  it('depends on what was given: plan and stage are known to what follows', () => {
    const { given } = readLine(
      ['rollout', 'gate', 'approve', 'p', '--stage-id=s', '-n', 'fleet', '--gate', ''],
      COMMANDS,
    )
    expect(Object.fromEntries(given)).to.deep.equal({ 'plan-id': ['p'], 'stage-id': ['s'], namespace: ['fleet'] })
  })
})
