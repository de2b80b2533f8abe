/** Something in an image's file tree. Paths are relative to the root, without a leading slash. Owned by root. */
export type Entry = Folder | File
export type Folder = { readonly kind: 'folder'; readonly path: string; readonly mode: number }
export type File = { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Buffer }

export function folder(path: string, mode = 0o755): Folder {
  return { kind: 'folder', path, mode }
}

export function file(path: string, content: Buffer | string, mode = 0o644): File {
  return { kind: 'file', path, mode, content: Buffer.from(content) }
}

/** In the order of their paths, each folder before what is in it; folders that are only implied are added. */
export function complete(entries: readonly Entry[]): readonly Entry[] {
  const implied = entries.flatMap(({ path }) => {
    const parts = path.split('/').slice(0, -1)
    return parts.map((_, index) => folder(parts.slice(0, index + 1).join('/')))
  })
  const byPath = new Map<string, Entry>([...implied, ...entries].map(entry => [entry.path, entry]))
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
