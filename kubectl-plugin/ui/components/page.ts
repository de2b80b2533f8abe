import { Box } from 'ink'
import { type ReactNode, createElement } from 'react'
import { useLook } from './look.ts'

type Props = {
  readonly columns: number
  readonly rows: number
  readonly footer: ReactNode
  readonly children?: ReactNode
}

/** Exactly as large as the screen, with its footer in the last row. Read aloud, as long as it needs to be. */
export function Page({ columns, rows, footer, children }: Props): ReactNode {
  const { spoken } = useLook()
  if (spoken) return createElement(Box, { flexDirection: 'column' }, children, footer)
  return createElement(
    Box,
    { flexDirection: 'column', width: columns, height: Math.max(1, rows) },
    createElement(Box, { flexDirection: 'column', flexGrow: 1, flexShrink: 1, overflowY: 'hidden' }, children),
    createElement(Box, { flexShrink: 0 }, footer),
  )
}
