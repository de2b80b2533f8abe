import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Ground } from '../../cluster/component.ts'
import { startComponent } from '../../cluster/component.ts'
import type { Supervised } from '../../cluster/supervisor.ts'
import { socketOf } from './containerd.ts'

export type KubeletSpec = {
  readonly command: string
  readonly node: string
  readonly address: string
  /** Of user `system:node:<name>`. */
  readonly kubeconfig: string
  readonly caFile: string
  /** The control group below which those of its pods are. */
  readonly cgroup: string
  /** True when the node is Ready. */
  readonly ready: () => Promise<boolean>
}

/** Starts a kubelet; resolves when its node is Ready. */
export async function startKubelet(ground: Ground, spec: KubeletSpec): Promise<Supervised> {
  const { folder } = ground
  // No name is looked up outside: there is no outside.
  await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n')
  await writeFile(join(folder, 'kubelet.yaml'), dump(configuration(folder, spec)))
  const args = [
    `--config=${join(folder, 'kubelet.yaml')}`,
    `--kubeconfig=${spec.kubeconfig}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--cert-dir=${join(folder, 'kubelet-pki')}`,
    `--node-ip=${spec.address}`,
    `--hostname-override=${spec.node}`,
  ]
  return await startComponent(ground, { name: 'kubelet', command: spec.command, args }, spec.ready)
}

function configuration(folder: string, { address, caFile, cgroup }: KubeletSpec): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: caFile } },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    // Runs on what the machine has: cgroup v1, swap, and a disk that others fill.
    failCgroupV1: false,
    failSwapOn: false,
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    containerRuntimeEndpoint: `unix://${socketOf(folder)}`,
    resolvConf: join(folder, 'resolv.conf'),
    podLogsDir: join(folder, 'pod-logs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    makeIPTablesUtilChains: false,
  }
}
