import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Entry, complete } from './entry.ts'

/** Writes the entries as files and folders below `root`, whatever the umask is. */
export function layOut(entries: readonly Entry[], root: string): void {
  mkdirSync(root, { recursive: true })
  for (const entry of complete(entries)) {
    const path = join(root, entry.path)
    if (entry.kind === 'folder') mkdirSync(path, { recursive: true })
    else writeFileSync(path, entry.content)
    chmodSync(path, entry.mode)
  }
}
