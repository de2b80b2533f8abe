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
  readonly up: string
  readonly down: string
  readonly arrows: string
  readonly enter: string
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
  up: '↑',
  down: '↓',
  arrows: '↑↓',
  enter: '⏎',
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
  up: '^',
  down: 'v',
  arrows: 'up/down',
  enter: 'enter',
  ellipsis: '~',
  rule: '-',
  cursor: '_',
}

type Environment = { readonly [name: string]: string | undefined }

/** By the locale, in the order in which POSIX reads it; a terminal that speaks no UTF-8 gets ASCII. */
export function glyphsFor(env: Environment): Glyphs {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(value => value !== undefined && value !== '')
  if (env['TERM'] === 'linux') return ascii
  return locale === undefined || /utf-?8/i.test(locale) ? unicode : ascii
}

export { ascii, unicode }
