import { type ReactNode, createElement } from 'react'
import { type Connection, connectionWords } from '../view/connection.ts'
import type { Tone } from '../view/span.ts'
import { cut, fit, widthOf } from '../view/text.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

type Props = {
  readonly title: string
  /** After the title, less important. */
  readonly details: readonly string[]
  readonly connection: Connection
  readonly now: number
}

const TONES: { readonly [kind in Connection['kind']]: Tone } = { connecting: 'busy', live: 'quiet', lost: 'bad' }

/** Where one is, and whether what is shown is what is the case. */
export function Header({ title, details, connection, now }: Props): ReactNode {
  const { spoken, glyphs, columns } = useLook()
  const state = cut(connectionWords(connection, now), columns, glyphs.ellipsis)
  const room = Math.max(0, columns - widthOf(state) - 1)
  const name = cut(title, room, glyphs.ellipsis)
  const more = details
    .filter(Boolean)
    .map(detail => `  ${detail}`)
    .join('')
  const rest = spoken ? more : fit(more, room - widthOf(name), 'left', glyphs.ellipsis)
  return createElement(Line, {
    spans: [
      { text: name, tone: 'strong' },
      { text: rest, tone: 'quiet' },
      { text: ` ${state}`, tone: TONES[connection.kind] },
    ],
  })
}
