import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** What a node needs of the distribution, and the file by which it is known to be there. */
const NEEDED: readonly { readonly name: string; readonly file: string }[] = [
  { name: 'containerd', file: 'containerd' },
  { name: 'runc', file: 'runc' },
  { name: 'containernetworking-plugins', file: '/usr/lib/cni/ptp' },
  { name: 'iproute2', file: 'ip' },
  { name: 'nftables', file: 'nft' },
  { name: 'conntrack', file: 'conntrack' },
  { name: 'kmod', file: 'modprobe' },
  { name: 'busybox-static', file: '/bin/busybox' },
]

const WITHIN_MS = 300_000
const run = promisify(execFile)

/** Names of the Debian packages whose programs are not on this machine. */
export async function missingPackages(): Promise<readonly string[]> {
  const found = await Promise.all(NEEDED.map(async ({ file }) => await exists(file)))
  return NEEDED.filter((_, index) => found[index] !== true).map(({ name }) => name)
}

/** Installs packages with apt-get. Rejects with its words. */
export async function installPackages(names: readonly string[], signal: AbortSignal): Promise<void> {
  const options = { timeout: WITHIN_MS, signal, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  await run('apt-get', ['update', '--quiet=2'], options)
  await run('apt-get', ['install', '--quiet=2', '--yes', '--no-install-recommends', ...names], options)
}

export async function exists(file: string): Promise<boolean> {
  const places = file.startsWith('/') ? [file] : (process.env['PATH'] ?? '').split(delimiter).map(at => join(at, file))
  for (const place of places)
    if (
      await access(place, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return true
  return false
}
