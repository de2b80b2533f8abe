import { Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { bar } from '../view/bar.ts'
import type { Kind, Shares } from '../view/shares.ts'
import { useLook } from './look.ts'
import { type Tone, Toned } from './toned.ts'

export const TONE_OF: { readonly [kind in Kind]: Tone } = {
  activated: 'good',
  inFlight: 'busy',
  failed: 'bad',
  unreachable: 'warn',
  pending: 'quiet',
  gone: 'quiet',
}

type Props = { readonly shares: Shares; readonly width: number }

/** Nodes of a stage by state: each state has its own sign, and its own colour where there are colours. */
export function ProgressBar({ shares, width }: Props): ReactNode {
  const { glyphs } = useLook()
  const segments = bar(shares, width)
  const used = segments.reduce((sum, { cells }) => sum + cells, 0)
  return createElement(
    Text,
    null,
    ...segments.map(({ kind, cells }) =>
      createElement(Toned, { key: kind, tone: TONE_OF[kind] }, glyphs.bar[kind].repeat(cells)),
    ),
    ' '.repeat(Math.max(0, width - used)),
  )
}
