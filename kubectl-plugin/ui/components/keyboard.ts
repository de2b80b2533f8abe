import { type Key as InkKey, useInput, usePaste } from 'ink'
import type { Event, Key } from '../state/event.ts'

type Props = { readonly onEvent: (event: Event) => void }

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageUp'],
  ['pageDown', 'pageDown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const satisfies readonly (readonly [keyof InkKey, Key])[]

/** Turns what ink reads into events. Draws nothing. */
export function Keyboard({ onEvent }: Props): null {
  useInput((input, key) => {
    for (const event of eventsOf(input, key)) onEvent(event)
  })
  usePaste(text => onEvent({ kind: 'paste', text }))
  return null
}

/**
 * Characters that arrive in one piece (a slow line, a paste without brackets) are told apart from single keys. Alt with
 * a character is, on such a line, escape and the character: nothing here is done by Alt.
 */
export function eventsOf(input: string, key: InkKey): readonly Event[] {
  const named = NAMED.find(([name]) => key[name])
  if (named !== undefined) {
    const event: Event = { kind: 'key', key: named[1] }
    const together = key.meta && (key.escape || key.return || key.backspace)
    return together ? [{ kind: 'key', key: 'escape' }, event] : [event]
  }
  if (key.ctrl) {
    if (input === 'c') return [{ kind: 'key', key: 'interrupt' }]
    return input === 'u' ? [{ kind: 'key', key: 'erase' }] : []
  }
  if (key.tab) return []
  const characters = [...input]
  const alone = characters.length === 1 && !key.meta
  const typed = characters.flatMap((character): readonly Event[] => {
    if (character === '\r') return [{ kind: 'key', key: 'enter' }]
    // eslint-disable-next-line no-control-regex
    if (/[\u0000-\u001f\u007f-\u009f]/.test(character)) return []
    return [{ kind: 'character', character, alone }]
  })
  return key.meta ? [{ kind: 'key', key: 'escape' }, ...typed] : typed
}
