import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { workingFolder } from './folder.ts'
import { openShell } from './shell.ts'
import type { Place } from './trial.ts'

/** Whoever reads a page: programs, credentials, and what is on the screen beside it. */
export type Reader = Pick<Place, 'scenes' | 'as'> & {
  /** Where the working folder is made. */
  readonly below: string
  readonly path: string
  readonly env: { readonly [name: string]: string }
}

/** Lets somebody work at a shell of their own for as long as `work` takes. */
export async function asReader({ below, path, env, ...more }: Reader, work: (place: Place) => Promise<void>) {
  const folder = await workingFolder(join(below, `page-${randomUUID()}`))
  const shell = openShell(folder, { PATH: path, HOME: folder, ...env })
  try {
    await work({ ...more, folder, shell })
  } finally {
    await shell.close()
  }
}
