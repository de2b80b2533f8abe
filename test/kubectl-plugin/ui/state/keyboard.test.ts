import { expect } from 'chai'
import type { Key as InkKey } from 'ink'
import { eventsOf } from '../../../../kubectl-plugin/ui/components/keyboard.ts'

const NONE: InkKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
}

describe('what is read from the keyboard', () => {
  const cases = [
    ['an arrow', '', { upArrow: true }, [{ kind: 'key', key: 'up' }]],
    ['enter', '', { return: true }, [{ kind: 'key', key: 'enter' }]],
    ['Ctrl-C', 'c', { ctrl: true }, [{ kind: 'key', key: 'interrupt' }]],
    ['Ctrl-U', 'u', { ctrl: true }, [{ kind: 'key', key: 'erase' }]],
    [
      'escape and enter in one piece',
      '',
      { return: true, meta: true },
      [
        { kind: 'key', key: 'escape' },
        { kind: 'key', key: 'enter' },
      ],
    ],
    ['an arrow with Alt', '', { upArrow: true, meta: true }, [{ kind: 'key', key: 'up' }]],
    ['another control key', 'x', { ctrl: true }, []],
    [
      'escape and a letter in one piece',
      'y',
      { meta: true },
      [
        { kind: 'key', key: 'escape' },
        { kind: 'character', character: 'y', alone: false },
      ],
    ],
    [
      'escape twice in one piece',
      '',
      { escape: true, meta: true },
      [
        { kind: 'key', key: 'escape' },
        { kind: 'key', key: 'escape' },
      ],
    ],
    ['one character', 'y', {}, [{ kind: 'character', character: 'y', alone: true }]],
    ['one character of two code units', '🤖', {}, [{ kind: 'character', character: '🤖', alone: true }]],
    [
      'characters in one piece',
      'ok',
      {},
      [
        { kind: 'character', character: 'o', alone: false },
        { kind: 'character', character: 'k', alone: false },
      ],
    ],
    [
      'a line in one piece',
      'k\r',
      {},
      [
        { kind: 'character', character: 'k', alone: false },
        { kind: 'key', key: 'enter' },
      ],
    ],
    ['control characters', '\u0000\u001b\u009b', {}, []],
  ] as const
  for (const [what, input, key, events] of cases)
    it(`${what}: ${events.length === 0 ? 'nothing' : JSON.stringify(events)}`, () => {
      expect(eventsOf(input, { ...NONE, ...key })).to.deep.equal(events)
    })
})
