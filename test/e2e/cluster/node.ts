import { mkdir, open, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createCgroup } from '../../cluster/cgroup.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Ground } from '../../cluster/component.ts'
import { logFileOf, tail } from '../../cluster/component.ts'
import { startSupervisor, type Supervised, type Supervisor } from '../../cluster/supervisor.ts'
import type { NodeToolName } from '../../cluster/tool-catalogue.ts'
import { until } from '../../cluster/wait.ts'
import { inNamespaces } from '../machine/namespaces.ts'
import { importImage, startContainerd } from './containerd.ts'
import { startKubelet } from './kubelet.ts'
import { startKubeProxy } from './kube-proxy.ts'
import { join as joinNetwork, nodeAddress } from './network.ts'

export type NodePart = 'containerd' | 'kubelet' | 'kube-proxy'

/** A node with a kubelet of its own, in namespaces of its own. */
export type GenuineNode = {
  readonly name: string
  readonly folder: string
  /** Ends a part as a crash does, and resolves when it is gone. */
  kill(part: NodePart): Promise<void>
  /** Starts a part that was ended; resolves when it works again. */
  start(part: NodePart): Promise<void>
  log(part: NodePart, lines?: number): Promise<string>
  stop(): Promise<void>
}

export type NodeSpec = {
  readonly cluster: Cluster
  readonly tools: Readonly<Record<NodeToolName, string>>
  readonly folder: string
  /** The control group of the whole run. */
  readonly cgroup: string
  /** Counted from 1, and how many nodes there are. */
  readonly index: number
  readonly count: number
  readonly sandboxImage: string
  /** OCI archives that the node has from the start. */
  readonly archives: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Prepares what a node, named by the first argument, sees of the machine; the second is a folder for what covers that.
 *
 * Directories of the system are covered, so that nothing is written outside of the run's folder. The kubelet wants
 * three settings that are the whole machine's: it finds files in their place that have the values it wants.
 */
const SET_UP = `hostname "$1"; over="$2"; shift 2
mount -t tmpfs tmpfs /run
mkdir -p "$over" && mount -t tmpfs tmpfs "$over"
for name in log lib; do
  mkdir "$over/$name" "$over/$name.work"
  mount -t overlay overlay -o "lowerdir=/var/$name,upperdir=$over/$name,workdir=$over/$name.work" "/var/$name"
done
for setting in kernel/panic=10 kernel/panic_on_oops=1 vm/overcommit_memory=1; do
  file="$over/\${setting##*/}"
  echo "\${setting#*=}" > "$file"
  mount --bind "$file" "/proc/sys/\${setting%=*}"
done
echo 1 > /proc/sys/net/ipv4/ip_forward`

/** Starts a node and resolves when it is Ready. */
export async function startNode(spec: NodeSpec): Promise<GenuineNode> {
  const { cluster, index, count, signal, cgroup } = spec
  const name = `node-${index}`
  const folder = join(spec.folder, name)
  await mkdir(folder)
  createCgroup(`${cgroup}/${name}`)
  const supervisor = await namespaces(name, folder)
  const ground: Ground = { folder, supervisor, signal }
  const { address, pods } = nodeAddress(index)
  await joinNetwork(await separate(supervisor.pid, signal), index, count)

  const kubelet = await cluster.clientFor({ user: `system:node:${name}`, groups: ['system:nodes'] })
  const proxy = await cluster.clientFor({ user: 'system:kube-proxy' })
  const starters: Readonly<Record<NodePart, () => Promise<Supervised>>> = {
    containerd: async () => await startContainerd(ground, { sandboxImage: spec.sandboxImage, pods }),
    kubelet: async () =>
      await startKubelet(ground, {
        command: spec.tools.kubelet,
        node: name,
        address,
        kubeconfig: kubelet,
        caFile: cluster.caFile,
        cgroup: `${cgroup}/${name}`,
        ready: async () => await isReady(cluster, name),
      }),
    'kube-proxy': async () =>
      await startKubeProxy(ground, { command: spec.tools['kube-proxy'], node: name, address, pods, kubeconfig: proxy }),
  }
  const running = new Map<NodePart, Supervised>()
  const start = async (part: NodePart) => void running.set(part, await starters[part]())
  await start('containerd')
  for (const archive of spec.archives) await importImage(folder, archive)
  await Promise.all([start('kubelet'), start('kube-proxy')])
  return {
    name,
    folder,
    start,
    async kill(part) {
      const process = running.get(part)
      await process?.signal('SIGKILL')
      await process?.exited
    },
    log: async (part, lines) => await tail(logFileOf(folder, part), lines),
    stop: async () => await supervisor.close(),
  }
}

async function namespaces(name: string, folder: string): Promise<Supervisor> {
  const log = await open(logFileOf(folder, 'node'), 'a')
  try {
    const within = inNamespaces(SET_UP, [name, join(folder, 'over')], [])
    return await startSupervisor(folder, { within, output: log.fd })
  } finally {
    await log.close()
  }
}

/** Resolves when the process has a network namespace of its own. */
async function separate(pid: number, signal: AbortSignal): Promise<number> {
  const own = await readlink('/proc/self/ns/net')
  const done = async () => (await readlink(`/proc/${pid}/ns/net`)) !== own
  await until(done, { what: 'the node has its namespaces', withinMs: 10_000, everyMs: 10, signal })
  return pid
}

type Readiness = {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

async function isReady(cluster: Cluster, name: string): Promise<boolean> {
  const { status, body } = await cluster.request('GET', `/api/v1/nodes/${name}`)
  if (status !== 200) return false
  return (
    (body as Readiness).status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
  )
}
