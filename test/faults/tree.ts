import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
/** Where campaigns keep what they have done and what they made for it. */
export const CACHE = join(ROOT, 'node_modules/.cache/faults')

/** What the operator is made of. */
const OPERATOR = ['operator/**/*.ts', 'crds/*.yaml']

/** Names files as they are in the working tree. @param patterns  from the root */
export function treeHash(patterns: readonly string[]): string {
  return hashOf(globSync([...patterns], { cwd: ROOT }))
}

/**
 * Names all that the results of a program of the rig depend on: the operator, and what judges it, which is the program's
 * module with all modules of this folder that it imports. @param module  path from the root
 */
export function rigHash(module: string): string {
  return hashOf([...globSync(OPERATOR, { cwd: ROOT }), ...importedBy(module)])
}

/** Where a campaign of that name is, from the root. */
export function campaignFile(name: string): string {
  return `test/faults/campaigns/${name}.ts`
}

const IMPORT = /^(?:import|export) [^'"]*?from '(\.[^']+\.ts)'|import '(\.[^']+\.ts)'/gm

export function importedBy(module: string, known = new Set<string>()): ReadonlySet<string> {
  if (known.has(module) || !module.startsWith('test/faults/')) return known
  known.add(module)
  for (const [, from, bare] of readFileSync(join(ROOT, module), 'utf8').matchAll(IMPORT))
    importedBy(relative(ROOT, join(ROOT, dirname(module), from ?? bare ?? '')), known)
  return known
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths.toSorted()) hash.update(`${path}\n`).update(readFileSync(join(ROOT, path)))
  return hash.digest('hex').slice(0, 12)
}
