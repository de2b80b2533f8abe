import { cut, widthOf } from './text.ts'

export type Tone = 'plain' | 'quiet' | 'strong' | 'good' | 'busy' | 'bad' | 'warn'

/** A piece of a line in one tone. The tone never says what the text does not say too. */
export type Span = { readonly text: string; readonly tone?: Tone; readonly bold?: boolean }

/** SGR: what switches a style on, and what switches it off again. */
const COLORS: { readonly [tone in Tone]?: number } = { good: 32, busy: 36, bad: 31, warn: 33 }
const BOLD: ReadonlySet<Tone> = new Set(['strong', 'bad'])

function styled({ text, tone = 'plain', bold = false }: Span, color: boolean): string {
  if (text.trim() === '') return text
  const hue = color ? COLORS[tone] : undefined
  const colored = hue === undefined ? text : `\u001b[${hue}m${text}\u001b[39m`
  if (bold || BOLD.has(tone)) return `\u001b[1m${colored}\u001b[22m`
  return tone === 'quiet' ? `\u001b[2m${colored}\u001b[22m` : colored
}

/** One line of at most `width` cells, as a terminal takes it. */
export function drawn(spans: readonly Span[], width: number, color: boolean, ellipsis: string): string {
  let [line, left] = ['', width]
  const whole = spans.reduce((sum, { text }) => sum + widthOf(text), 0) <= width
  if (whole) return spans.map(span => styled(span, color)).join('')
  for (const [index, span] of spans.entries()) {
    const rest = spans.slice(index + 1).some(({ text }) => text !== '')
    const cells = widthOf(span.text)
    // The ellipsis needs a cell of its own where more follows.
    if (cells < left || (cells === left && !rest)) {
      line += styled(span, color)
      left -= cells
      continue
    }
    return (
      line + styled({ ...span, text: cut(`${span.text}${rest ? ' '.repeat(left + 1) : ''}`, left, ellipsis) }, color)
    )
  }
  return line
}
