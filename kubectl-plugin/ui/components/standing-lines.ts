import { Box, Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { short } from '../view/duration.ts'
import type { Remedy } from '../view/remedy.ts'
import type { Standing } from '../view/standing.ts'
import { wrap } from '../view/text.ts'
import { useLook } from './look.ts'
import { type Tone, Toned } from './toned.ts'

type Props = {
  readonly standing: Standing
  readonly remedies: readonly Remedy[]
  /** Empty where nobody would ask. */
  readonly pace: string
  readonly columns: number
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
export function StandingLines({ standing, remedies, pace, columns, most }: Props): ReactNode {
  const { glyphs, spoken } = useLook()
  const { kind, word, reason, sentence, idleMs } = standing
  const mark = markOf(kind, glyphs)
  const tone = STANDING_TONE[kind]
  const idle = kind === 'done' ? '' : `  last progress ${short(idleMs)} ago`
  const lines = spoken ? [sentence] : wrap(sentence, Math.max(10, columns - 2), most, glyphs.ellipsis)
  return createElement(
    Box,
    { flexDirection: 'column', flexShrink: 0 },
    createElement(
      Text,
      { wrap: 'truncate-end' },
      createElement(Toned, { tone, bold: true }, `${mark === '' ? '' : `${mark} `}${word.toUpperCase()}`),
      createElement(Toned, { tone: 'quiet' }, `  ${reason}${idle}`),
    ),
    ...lines.map((line, index) =>
      createElement(Text, { key: index, wrap: 'truncate-end' }, spoken ? line : `  ${line}`),
    ),
    pace === '' ? null : createElement(Toned, { tone: 'quiet' }, `${spoken ? '' : '  '}${pace}`),
    remedies.length === 0 ? null : createElement(Remedies, { remedies }),
  )
}

function Remedies({ remedies }: { readonly remedies: readonly Remedy[] }): ReactNode {
  return createElement(
    Text,
    { wrap: 'truncate-end' },
    createElement(Toned, { tone: 'quiet' }, '  You can: '),
    ...remedies.flatMap(({ key, words }, index) => [
      index === 0 ? '' : '; ',
      ...(key === '' ? [] : [createElement(Toned, { key: `${index} key`, tone: 'strong' }, key), ' ']),
      words,
    ]),
  )
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
