import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { wantsOf } from './elf.ts'
import { type File, file } from './entry.ts'

/** A folder of this machine with shared libraries, and where the image has them. */
export type LibraryFolder = { readonly host: string; readonly image: string }

export type Library = { readonly host: string; readonly entry: File }

/**
 * The shared libraries that a program is loaded with, those of its libraries included, and its loader.
 *
 * @throws Error that names what is missing
 */
export function librariesOf(program: string, folders: readonly LibraryFolder[]): readonly Library[] {
  const { loader } = wantsOf(program)
  if (loader === undefined) return []
  const found = new Map<string, Library>()
  const queue = [program]
  for (let next = queue.pop(); next !== undefined; next = queue.pop())
    for (const name of wantsOf(next).libraries) {
      if (found.has(name) || name === basename(loader)) continue
      const library = find(name, folders, program)
      found.set(name, library)
      queue.push(library.host)
    }
  // The kernel looks for the loader where the program says, wherever this machine has it.
  const host = existsSync(loader) ? realpathSync(loader) : find(basename(loader), folders, program).host
  const first = { host, entry: file(loader.slice(1), readFileSync(host), 0o755) }
  return [first, ...found.values()].sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1))
}

function find(name: string, folders: readonly LibraryFolder[], program: string): Library {
  for (const { host, image } of folders) {
    const path = join(host, name)
    if (existsSync(path)) return { host: path, entry: file(`${image}/${name}`, readFileSync(path)) }
  }
  const places = folders.map(({ host }) => host).join(', ')
  throw new Error(
    `${program} needs ${name}, which is in none of ${places}: install it (on Debian libstdc++6 and libatomic1, for ` +
      'another architecture libstdc++6-arm64-cross and libatomic1-arm64-cross)',
  )
}
