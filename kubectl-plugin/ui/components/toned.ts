import { Text } from 'ink'
import { type ReactNode, createElement } from 'react'
import { useLook } from './look.ts'

export type Tone = 'plain' | 'quiet' | 'strong' | 'good' | 'busy' | 'bad' | 'warn'

type Props = {
  readonly tone?: Tone
  readonly bold?: boolean
  readonly children?: ReactNode
}

const COLORS: { readonly [tone in Tone]?: string } = { good: 'green', busy: 'cyan', bad: 'red', warn: 'yellow' }

/** Text in a tone. The tone never says what the text does not say too. */
export function Toned({ tone = 'plain', bold = false, children }: Props): ReactNode {
  const { color } = useLook()
  const hue = color ? COLORS[tone] : undefined
  return createElement(
    Text,
    {
      wrap: 'truncate-end',
      bold: bold || tone === 'strong' || tone === 'bad',
      dimColor: tone === 'quiet',
      ...(hue === undefined ? {} : { color: hue }),
    },
    children,
  )
}
