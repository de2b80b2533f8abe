import { bar } from '../view/bar.ts'
import type { Glyphs } from '../view/glyphs.ts'
import { KINDS, type Kind, type Shares, WORDS } from '../view/shares.ts'
import type { Span, Tone } from '../view/span.ts'

export const TONE_OF: { readonly [kind in Kind]: Tone } = {
  activated: 'good',
  inFlight: 'busy',
  failed: 'bad',
  unreachable: 'warn',
  pending: 'quiet',
  gone: 'quiet',
}

/** Nodes of a stage by state: each state has its own sign, and its own colour where there are colours. */
export function progressBar(shares: Shares, width: number, glyphs: Glyphs): readonly Span[] {
  const segments = bar(shares, width)
  const used = segments.reduce((sum, { cells }) => sum + cells, 0)
  return [
    ...segments.map(({ kind, cells }): Span => ({ text: glyphs.bar[kind].repeat(cells), tone: TONE_OF[kind] })),
    { text: ' '.repeat(Math.max(0, width - used)) },
  ]
}

/** What the signs of the bars mean. */
export function legend(glyphs: Glyphs, kinds: readonly Kind[] = KINDS): readonly Span[] {
  return kinds.flatMap((kind, index): readonly Span[] => [
    { text: index === 0 ? '' : '  ' },
    { text: glyphs.bar[kind], tone: TONE_OF[kind] },
    { text: ` ${WORDS[kind]}`, tone: 'quiet' },
  ])
}
