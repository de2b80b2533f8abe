import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './page.ts'

/** What commands of the pages name, as they are typed in a checkout. */
const NAMED = ['charts', 'crds', 'examples', 'docs'] as const

/** A working folder that looks like a checkout, and in which a page may write. */
export async function workingFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true })
  for (const name of NAMED) await symlink(join(ROOT, name), join(path, name))
  return path
}
