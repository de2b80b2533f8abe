import { pack } from 'tar-stream'
import { type Entry, complete } from './entry.ts'

/**
 * The entries as one tar archive. The same entries give the same bytes, whoever packs them, where and when: order, owner,
 * modes and times come from nothing but the arguments.
 *
 * @param mtime  of every entry, in seconds since the epoch
 */
export async function tar(entries: readonly Entry[], mtime: number): Promise<Buffer> {
  const archive = pack()
  for (const entry of complete(entries)) {
    const header = { name: entry.path, mode: entry.mode, mtime: new Date(mtime * 1000), uid: 0, gid: 0 }
    if (entry.kind === 'folder') archive.entry({ ...header, type: 'directory' })
    else archive.entry({ ...header, size: entry.content.length }, entry.content)
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
