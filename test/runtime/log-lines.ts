import { createLog } from '../../operator/runtime/log.ts'
import type { Log } from '../../operator/runtime/log.ts'

export type Line = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string }

/** A log that keeps its lines. */
export function logLines(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) }
  return { log: createLog({ level: 'debug', destination, format: 'json' }), lines }
}

export const quiet: Log = createLog({ level: 'silent', destination: { write: () => {} } })
