import type { Platform } from '../kubectl-plugin/package/platform.ts'
import type { LibraryFolder } from './libraries.ts'

/** What an image is made for; Linux alone runs it. */
export type Arch = Platform['arch']

const TRIPLETS: { readonly [arch in Arch]: string } = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/**
 * Where shared libraries are. For this machine's architecture where its loader looks for them: as Debian has it, then as
 * Fedora and SUSE do. For another one, in Debian's packages for cross building, whose loader looks where Debian has them.
 */
export function libraryFolders(arch: Arch, own: Arch): readonly LibraryFolder[] {
  const triplet = TRIPLETS[arch]
  if (arch !== own) return [{ host: `/usr/${triplet}/lib`, image: `lib/${triplet}` }]
  return [`/lib/${triplet}`, `/usr/lib/${triplet}`, '/lib64', '/usr/lib64'].map(host => ({
    host,
    image: host.slice(1),
  }))
}

/** @throws Error */
export function archOf(text: string): Arch {
  if (text === 'amd64' || text === 'arm64') return text
  throw new Error(`--arch wants amd64 or arm64, not "${text}"`)
}
