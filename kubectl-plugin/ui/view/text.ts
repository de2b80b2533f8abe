import stringWidth from 'string-width'

/** Text in a terminal is measured in cells: a Chinese character has two, a combining accent none. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text)
}

/** What the view is mostly made of, each character of which is one cell and one code unit. */
const NARROW = /^[ -~█▒·❯✓✗▶◌■▏─…↓]*$/
const PRINTABLE_ASCII = /^[ -~]*$/

/**
 * Text from outside, of which nothing is obeyed by a terminal: control characters and those that turn the direction of
 * writing become visible, line ends become spaces.
 */
export function plain(text: string): string {
  return (
    text
      .replaceAll(/\s+/g, ' ')
      // eslint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
      .trim()
  )
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** At most `width` cells, the last of them an ellipsis where something was cut off. */
export function cut(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0) return ''
  if (widthOf(text) <= width) return text
  const room = width - widthOf(ellipsis)
  if (room < 0) return ''
  if (PRINTABLE_ASCII.test(text)) return `${text.slice(0, room).trimEnd()}${ellipsis}`
  let [taken, used] = ['', 0]
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment)
    if (used > room) break
    taken += segment
  }
  return `${taken.trimEnd()}${ellipsis}`
}

/** Exactly `width` cells: cut or filled up with spaces. */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left', ellipsis = '…'): string {
  const short = cut(text, width, ellipsis)
  const fill = ' '.repeat(Math.max(0, width - widthOf(short)))
  return side === 'left' ? short + fill : fill + short
}

/** The end of a text that is being typed: what does not fit is cut off at the left. */
export function tail(text: string, width: number, ellipsis = '…'): string {
  if (widthOf(text) <= width) return text
  let [taken, used] = ['', widthOf(ellipsis)]
  for (const { segment } of [...graphemes.segment(text)].reverse()) {
    used += widthOf(segment)
    if (used > width) break
    taken = segment + taken
  }
  return `${ellipsis}${taken}`
}

/** Without its last character, as a person counts characters. */
export function withoutLast(text: string): string {
  const last = [...graphemes.segment(text)].at(-1)
  return last === undefined ? '' : text.slice(0, last.index)
}

/** Lines of at most `width` cells, broken between words where that is possible; the last ends in an ellipsis when cut. */
export function wrap(text: string, width: number, most = Number.POSITIVE_INFINITY, ellipsis = '…'): readonly string[] {
  if (width <= 0 || most <= 0) return []
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap(word => pieces(word, width))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) {
      line = longer
      continue
    }
    lines.push(line)
    line = word
  }
  if (line !== '') lines.push(line)
  if (lines.length <= most) return lines
  return [...lines.slice(0, most - 1), cut(lines.slice(most - 1).join(' '), width, ellipsis)]
}

function pieces(word: string, width: number): readonly string[] {
  if (widthOf(word) <= width) return [word]
  const parts: string[] = ['']
  for (const { segment } of graphemes.segment(word)) {
    const last = parts.at(-1) ?? ''
    if (widthOf(last + segment) <= width) parts[parts.length - 1] = last + segment
    else parts.push(segment)
  }
  return parts
}
