import { Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { count } from '../view/shares.ts'
import { useLook } from './look.ts'
import { Toned } from './toned.ts'

type Props = {
  readonly text: string
  readonly editing: boolean
  readonly found: number
  readonly all: number
}

/** What is filtered by, and how much is left. */
export function FilterLine({ text, editing, found, all }: Props): ReactNode {
  const { glyphs } = useLook()
  const hint = editing ? 'enter keeps it, esc takes it back' : 'esc shows all'
  return createElement(
    Text,
    { wrap: 'truncate-end' },
    createElement(Toned, { tone: 'strong' }, `/${text}${editing ? glyphs.cursor : ''}`),
    createElement(Toned, { tone: 'quiet' }, `  ${count(found)} of ${count(all)}, ${hint}`),
  )
}
