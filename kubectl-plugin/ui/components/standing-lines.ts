import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import { short } from '../view/duration.ts'
import type { Remedy } from '../view/remedy.ts'
import type { Span, Tone } from '../view/span.ts'
import type { Standing } from '../view/standing.ts'
import { wrap } from '../view/text.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

type Props = {
  readonly standing: Standing
  readonly remedies: readonly Remedy[]
  /** Empty where nobody would ask. */
  readonly pace: string
  /** Rows for the sentence. */
  readonly most: number
}

export const STANDING_TONE: { readonly [kind in Standing['kind']]: Tone } = {
  moving: 'busy',
  waiting: 'warn',
  stuck: 'bad',
  stopped: 'warn',
  done: 'good',
}

/** Why it stands still and what can be done: what a person who was woken reads first. */
export function StandingLines({ standing, remedies, pace, most }: Props): ReactNode {
  const { glyphs, spoken, columns } = useLook()
  const { kind, word, reason, sentence, idleMs } = standing
  const mark = markOf(kind, glyphs)
  const tone = STANDING_TONE[kind]
  const idle = kind === 'done' ? '' : `  last progress ${short(idleMs)} ago`
  const indent = spoken ? '' : '  '
  const lines = spoken ? [sentence] : wrap(sentence, Math.max(10, columns - 2), most, glyphs.ellipsis)
  return createElement(
    Box,
    { flexDirection: 'column', flexShrink: 0 },
    createElement(Line, {
      spans: [
        { text: `${mark === '' ? '' : `${mark} `}${word.toUpperCase()}`, tone, bold: true },
        { text: `  ${reason}${idle}`, tone: 'quiet' },
      ],
    }),
    ...lines.map((line, index) => createElement(Line, { key: index, spans: [{ text: `${indent}${line}` }] })),
    pace === '' ? null : createElement(Line, { spans: [{ text: `${indent}${pace}`, tone: 'quiet' }] }),
    remedies.length === 0 ? null : createElement(Line, { spans: remedySpans(remedies, indent) }),
  )
}

function remedySpans(remedies: readonly Remedy[], indent: string): readonly Span[] {
  return [
    { text: `${indent}You can: `, tone: 'quiet' },
    ...remedies.flatMap(({ key, words }, index): readonly Span[] => [
      { text: index === 0 ? '' : '; ' },
      { text: key, tone: 'strong' },
      { text: key === '' ? words : ` ${words}` },
    ]),
  ]
}

export function markOf(kind: Standing['kind'], glyphs: ReturnType<typeof useLook>['glyphs']): string {
  switch (kind) {
    case 'moving':
      return glyphs.moving
    case 'waiting':
      return glyphs.waiting
    case 'stuck':
      return glyphs.bad
    case 'stopped':
      return glyphs.stopped
    case 'done':
      return glyphs.good
  }
}
