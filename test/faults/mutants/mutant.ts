import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../tree.ts'

/** A bug that operators have had, put into this one, so that it shows whether the campaigns would find it. */
export type Mutant = {
  readonly name: string
  /** What it does wrong, in a sentence. */
  readonly story: string
  /** Where such a bug was seen. */
  readonly seen: string
  /** Where it is looked for first, to save time: it is looked for everywhere before it counts as having survived. */
  readonly first?: Home
  readonly patches: readonly Patch[]
}

/** Runs of one campaign in which a bug would show: those whose ids begin so. */
export type Home = {
  readonly campaign: 'crash-points' | 'fail-over' | 'unobserved' | 'stale' | 'fault-matrix'
  readonly runs: string
}

/** Puts one text in another's place. */
export type Patch = {
  /** From the root of the repository. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly put: string
}

/** The files that a mutant changes, by path, as they are with it. @throws when the source has moved on, with what to do */
export function mutatedFiles({ name, patches }: Mutant): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { file, find, put } of patches) {
    const text = files.get(file) ?? readFileSync(join(ROOT, file), 'utf8')
    const found = text.split(find).length - 1
    if (found !== 1)
      throw new Error(
        `mutant ${name}: ${file} has ${found} times instead of once:\n${find}\n` +
          'The source has changed. Put the same bug into what it is now.',
      )
    files.set(
      file,
      text.replace(find, () => put),
    )
  }
  return files
}
