import { Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { cut, widthOf } from '../view/text.ts'
import { useLook } from './look.ts'
import { Toned } from './toned.ts'

export type Hint = { readonly key: string; readonly does: string }

type Props = {
  readonly hints: readonly Hint[]
  readonly notice: string | undefined
  readonly columns: number
}

/** The keys that do something here, or what was just found. */
export function Footer({ hints, notice, columns }: Props): ReactNode {
  const { glyphs } = useLook()
  if (notice !== undefined)
    return createElement(Toned, { tone: 'warn', bold: true }, cut(notice, columns, glyphs.ellipsis))
  return createElement(
    Text,
    { wrap: 'truncate-end' },
    ...fitting(hints, columns).flatMap(({ key, does }, index) => [
      index === 0 ? '' : '  ',
      createElement(Toned, { key, tone: 'strong' }, key),
      createElement(Toned, { key: `${key} does`, tone: 'quiet' }, ` ${does}`),
    ]),
  )
}

/** Help and quit are always there; the others give way from the end. */
const KEPT = new Set(['?', 'q'])

function fitting(hints: readonly Hint[], columns: number): readonly Hint[] {
  const width = (some: readonly Hint[]) => some.reduce((sum, { key, does }) => sum + widthOf(`  ${key} ${does}`), -2)
  let shown = hints
  while (width(shown) > columns) {
    const last = shown.findLastIndex(({ key }) => !KEPT.has(key))
    if (last < 0) return shown
    shown = shown.toSpliced(last, 1)
  }
  return shown
}
