import { type ReactNode, createElement } from 'react'
import { count } from '../view/shares.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

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
  return createElement(Line, {
    spans: [
      { text: `/${text}${editing ? glyphs.cursor : ''}`, tone: 'strong' },
      { text: `  ${count(found)} of ${count(all)}, ${hint}`, tone: 'quiet' },
    ],
  })
}
