import type { Kind } from './shares.ts'

/** Every sign differs in shape: nothing is told by colour alone. */
export type Glyphs = {
  readonly bar: { readonly [kind in Kind]: string }
  readonly good: string
  readonly bad: string
  readonly unknown: string
  readonly moving: string
  readonly waiting: string
  readonly stopped: string
  readonly pointer: string
  readonly down: string
  readonly ellipsis: string
  readonly rule: string
  readonly cursor: string
}

const unicode: Glyphs = {
  bar: { activated: '█', inFlight: '▒', failed: 'x', unreachable: '?', pending: '·', gone: '-' },
  good: '✓',
  bad: '✗',
  unknown: '?',
  moving: '▶',
  waiting: '◌',
  stopped: '■',
  pointer: '❯',
  down: '↓',
  ellipsis: '…',
  rule: '─',
  cursor: '▏',
}

const ascii: Glyphs = {
  bar: { activated: '#', inFlight: '~', failed: 'x', unreachable: '?', pending: '.', gone: '-' },
  good: '+',
  bad: 'x',
  unknown: '?',
  moving: '>',
  waiting: 'o',
  stopped: '#',
  pointer: '>',
  down: 'v',
  ellipsis: '~',
  rule: '-',
  cursor: '_',
}

/** Read aloud a sign is noise: the words beside it say the same. */
const spoken: Glyphs = {
  bar: { activated: '', inFlight: '', failed: '', unreachable: '', pending: '', gone: '' },
  good: '',
  bad: '',
  unknown: '',
  moving: '',
  waiting: '',
  stopped: '',
  pointer: 'selected:',
  down: '',
  ellipsis: '...',
  rule: '',
  cursor: '',
}

type Environment = { readonly [name: string]: string | undefined }

/** By the locale, in the order in which POSIX reads it; a terminal that speaks no UTF-8 gets ASCII. */
export function glyphsFor(env: Environment): Glyphs {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(value => value !== undefined && value !== '')
  if (env['TERM'] === 'linux') return ascii
  return locale === undefined || /utf-?8/i.test(locale) ? unicode : ascii
}

export { ascii, spoken, unicode }
