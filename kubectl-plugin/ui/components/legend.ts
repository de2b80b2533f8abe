import { Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { KINDS, type Kind, WORDS } from '../view/shares.ts'
import { useLook } from './look.ts'
import { TONE_OF } from './progress-bar.ts'
import { Toned } from './toned.ts'

type Props = { readonly kinds?: readonly Kind[] }

/** What the signs of the bars mean. */
export function Legend({ kinds = KINDS }: Props): ReactNode {
  const { glyphs } = useLook()
  return createElement(
    Text,
    { wrap: 'truncate-end' },
    ...kinds.flatMap((kind, index) => [
      index === 0 ? '' : '  ',
      createElement(Toned, { key: kind, tone: TONE_OF[kind] }, glyphs.bar[kind]),
      createElement(Toned, { key: `${kind} word`, tone: 'quiet' }, ` ${WORDS[kind]}`),
    ]),
  )
}
