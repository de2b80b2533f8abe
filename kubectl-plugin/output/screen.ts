/** Where text is shown. */
export type Screen = {
  /** Columns of the terminal; undefined when nobody looks at one, and nothing is cut. */
  readonly columns: number | undefined
  readonly colour: boolean
}

/** A colour only ever repeats what a word says: whoever hears the screen, or has NO_COLOR, misses nothing. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

const SGR: { readonly [style in Style]: readonly [on: number, off: number] } = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

export function paint(screen: Screen, style: Style | undefined, text: string): string {
  if (!screen.colour || style === undefined || text === '') return text
  const [on, off] = SGR[style]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

/** Text from outside, as it may be shown: on one line, and with nothing that a terminal would obey. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
}

/**
 * What a stream is like. Colour: NO_COLOR and TERM=dumb forbid it, FORCE_COLOR asks for it, else a terminal has it
 * (https://no-color.org).
 */
export function screenOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: { readonly [name: string]: string | undefined },
): Screen {
  const terminal = stream.isTTY === true
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== ''
  const forbidden = Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb'
  return { columns: terminal ? (stream.columns ?? 80) : undefined, colour: !forbidden && (forced || terminal) }
}
