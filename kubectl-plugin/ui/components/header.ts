import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import { type Connection, connectionWords } from '../view/connection.ts'
import { cut, fit, widthOf } from '../view/text.ts'
import { useLook } from './look.ts'
import { type Tone, Toned } from './toned.ts'

type Props = {
  readonly title: string
  /** After the title, less important. */
  readonly details: readonly string[]
  readonly connection: Connection
  readonly now: number
  readonly columns: number
}

const TONES: { readonly [kind in Connection['kind']]: Tone } = { connecting: 'busy', live: 'quiet', lost: 'bad' }

/** Where one is, and whether what is shown is what is the case. */
export function Header({ title, details, connection, now, columns }: Props): ReactNode {
  const { spoken, glyphs } = useLook()
  const state = cut(connectionWords(connection, now), columns, glyphs.ellipsis)
  const room = Math.max(0, columns - widthOf(state) - 1)
  const name = cut(title, room, glyphs.ellipsis)
  const rest = room - widthOf(name)
  const more = details
    .filter(Boolean)
    .map(detail => `  ${detail}`)
    .join('')
  return createElement(
    Box,
    { flexShrink: 0 },
    createElement(Toned, { tone: 'strong' }, name),
    createElement(Toned, { tone: 'quiet' }, spoken ? more : fit(more, rest, 'left', glyphs.ellipsis)),
    createElement(Toned, { tone: TONES[connection.kind] }, ` ${state}`),
  )
}
