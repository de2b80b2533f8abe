import { join } from 'node:path'
import { type Terminal, openTerminal } from '../terminal/terminal.ts'
import type { Scripted } from './scripted.ts'

export const PROGRAM = join(import.meta.dirname, 'program.ts')

type Viewing = {
  readonly plan?: string
  readonly columns?: number
  readonly rows?: number
  readonly env?: { readonly [name: string]: string | undefined }
}

/** Starting Node and reading ink takes seconds on a machine that is busy with other tests. */
export const STARTING_MS = 30_000

/** The view in a terminal, once it is drawn. */
export async function view(
  { url }: Scripted,
  { plan, columns = 100, rows = 30, env = {} }: Viewing = {},
): Promise<Terminal> {
  const args = [PROGRAM, url, ...(plan === undefined ? [] : [plan])]
  const terminal = openTerminal({ command: process.execPath, args, columns, rows, env })
  try {
    await terminal.shows('? help', STARTING_MS)
  } catch (error) {
    await terminal[Symbol.asyncDispose]()
    throw error
  }
  return terminal
}
