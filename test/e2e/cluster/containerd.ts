import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Ground } from '../../cluster/component.ts'
import { startComponent } from '../../cluster/component.ts'
import type { Supervised } from '../../cluster/supervisor.ts'

const run = promisify(execFile)

export type ContainerdSpec = {
  /** The image of the container that holds the namespaces of a pod. */
  readonly sandboxImage: string
  /** The addresses of the node's pods. */
  readonly pods: string
}

export const socketOf = (folder: string): string => join(folder, 'containerd.sock')

/** Starts containerd with runc and the CNI plugins of the distribution; ready when it answers. */
export async function startContainerd(ground: Ground, spec: ContainerdSpec): Promise<Supervised> {
  const { folder } = ground
  await mkdir(join(folder, 'cni'), { recursive: true })
  await writeFile(join(folder, 'containerd.toml'), configuration(folder, spec))
  await writeFile(join(folder, 'cni', '10-e2e.conflist'), JSON.stringify(podNetwork(folder, spec)))
  const args = ['--config', join(folder, 'containerd.toml')]
  return await startComponent(ground, { name: 'containerd', command: 'containerd', args }, async () =>
    ctr(folder, 'version').then(
      () => true,
      () => false,
    ),
  )
}

export async function importImage(folder: string, archive: string): Promise<void> {
  await ctr(folder, 'images', 'import', '--digests=false', archive)
}

async function ctr(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('ctr', ['--address', socketOf(folder), '--namespace', 'k8s.io', ...args], {
    timeout: 60_000,
  })
  return stdout
}

/** Without `restrict_oom_score_adj`, a container is refused where even root may not lower its score. */
function configuration(folder: string, { sandboxImage }: ContainerdSpec): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = "${folder}/containerd"
state = "/run/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "${socketOf(folder)}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[${cri}]
  sandbox_image = "${sandboxImage}"
  restrict_oom_score_adj = true
  [${cri}.cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
  [${cri}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [${cri}.containerd.runtimes.runc.options]
      SystemdCgroup = false
`
}

/** Each pod behind a link of its own: what one sends to a Service is routed, and so comes back the same way. */
function podNetwork(folder: string, { pods }: ContainerdSpec): object {
  return {
    cniVersion: '0.4.0',
    name: 'e2e',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(folder, 'ipam'),
          ranges: [[{ subnet: pods }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  }
}
