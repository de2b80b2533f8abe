import { type ReactNode, createElement } from 'react'
import type { Span } from '../view/span.ts'
import { widthOf } from '../view/text.ts'
import { Line } from './line.ts'
import { useLook } from './look.ts'

export type Hint = { readonly key: string; readonly does: string }

type Props = {
  readonly hints: readonly Hint[]
  readonly notice: string | undefined
}

/** The keys that do something here, or what was just found. */
export function Footer({ hints, notice }: Props): ReactNode {
  const { columns } = useLook()
  if (notice !== undefined) return createElement(Line, { spans: [{ text: notice, tone: 'warn', bold: true }] })
  const spans = fitting(hints, columns).flatMap(({ key, does }, index): readonly Span[] => [
    { text: index === 0 ? '' : '  ' },
    { text: key, tone: 'strong' },
    { text: ` ${does}`, tone: 'quiet' },
  ])
  return createElement(Line, { spans })
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
