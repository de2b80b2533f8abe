import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { hierarchies } from '../../cluster/cgroup.ts'
import { NAMESPACES } from './namespaces.ts'
import { exists, installPackages, missingPackages } from './package.ts'

const run = promisify(execFile)

/** Each in namespaces that end with it: what it needs, how that is tried, and what to do where it fails. */
const TRIALS: readonly { readonly what: string; readonly script: string; readonly remedy: string }[] = [
  {
    what: 'namespaces of its own for network, mounts, processes, IPC and host name',
    script: 'true',
    remedy: 'run it on a machine, or in a container that may make them (--privileged)',
  },
  {
    what: 'a network bridge and virtual links',
    script: 'ip link add name bridge0 type bridge && ip link add name left0 type veth peer name right0',
    remedy: 'use a kernel with the modules bridge and veth',
  },
  {
    what: 'nftables, for kube-proxy',
    script: 'nft add table ip t && nft add chain ip t c "{ type nat hook output priority 0; }"',
    remedy: 'use a kernel with nf_tables and its NAT',
  },
  {
    what: 'overlay mounts, for the layers of images',
    script:
      'mount -t tmpfs t /mnt && mkdir /mnt/l /mnt/u /mnt/w && mount -t overlay o -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/l',
    remedy: 'use a kernel with overlayfs',
  },
]

const HIERARCHIES = ['cpu', 'cpuset', 'memory', 'pids'] as const

/**
 * What this machine lacks to run a cluster, a sentence each; empty when it can. Packages of the distribution that are
 * missing are installed first, where that is possible, and `say` tells so.
 */
export async function whatIsMissing(say: (text: string) => void, signal: AbortSignal): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [`it needs Linux, and this is ${process.platform}`]
  if (process.getuid?.() !== 0) return ['it needs root, for namespaces, control groups and containerd: run it as root']
  const cgroups = missingHierarchies()
  if (cgroups.length > 0)
    return [`it needs the control groups ${cgroups.join(', ')} below /sys/fs/cgroup: mount them, writable`]
  const packages = await missingPackages()
  if (packages.length > 0) {
    const failed = await provide(packages, say, signal)
    if (failed !== undefined) return [failed]
  }
  const lacks: string[] = []
  for (const { what, script, remedy } of TRIALS) {
    const failure = await attempt(script, signal)
    if (failure !== undefined) lacks.push(`it needs ${what}: ${remedy} (${failure})`)
  }
  return lacks
}

async function provide(
  packages: readonly string[],
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const list = packages.join(' ')
  if (!(await exists('apt-get'))) return `it needs what Debian packages as ${list}: install that`
  say(`installing with apt-get: ${list}`)
  try {
    await installPackages(packages, signal)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return `it needs ${list}, and apt-get could not install that: ${lastLine(error)}`
  }
}

function missingHierarchies(): readonly string[] {
  const present = hierarchies()
  if (present.length === 1) return []
  return HIERARCHIES.filter(name => !present.some(path => path.endsWith(`/${name}`)))
}

/** Undefined when the script succeeds in namespaces of its own, otherwise its last words. */
async function attempt(script: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await run('unshare', [...NAMESPACES, 'sh', '-c', script], { timeout: 10_000, signal })
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return lastLine(error)
  }
}

function lastLine(error: unknown): string {
  return error instanceof Error ? (error.message.trimEnd().split('\n').at(-1) ?? '') : String(error)
}
