import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
/** Where campaigns keep what they have done and what they made for it. */
export const CACHE = join(ROOT, 'node_modules/.cache/faults')

/** Names the operator as it is in the working tree, and what judges it. */
export function treeHash(
  patterns: readonly string[] = ['operator/**/*.ts', 'crds/*.yaml', 'test/faults/**/*.ts'],
): string {
  const hash = createHash('sha256')
  for (const path of globSync([...patterns], { cwd: ROOT }).sort())
    hash.update(`${path}\n`).update(readFileSync(join(ROOT, path)))
  return hash.digest('hex').slice(0, 12)
}
