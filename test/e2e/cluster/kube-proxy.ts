import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Ground } from '../../cluster/component.ts'
import { answersOk, startComponent } from '../../cluster/component.ts'
import type { Supervised } from '../../cluster/supervisor.ts'

export type KubeProxySpec = {
  readonly command: string
  readonly node: string
  readonly address: string
  readonly pods: string
  /** Of user `system:kube-proxy`. */
  readonly kubeconfig: string
}

const HEALTH_PORT = 10256

/** Starts kube-proxy, which makes cluster IPs work for the pods of its node. */
export async function startKubeProxy(ground: Ground, spec: KubeProxySpec): Promise<Supervised> {
  const file = join(ground.folder, 'kube-proxy.yaml')
  await writeFile(file, dump(configuration(spec)))
  const component = { name: 'kube-proxy', command: spec.command, args: [`--config=${file}`] }
  return await startComponent(ground, component, () => answersOk(`http://${spec.address}:${HEALTH_PORT}/livez`))
}

function configuration({ node, address, pods, kubeconfig }: KubeProxySpec): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig },
    hostnameOverride: node,
    clusterCIDR: pods,
    bindAddress: address,
    healthzBindAddress: `${address}:${HEALTH_PORT}`,
    metricsBindAddress: '127.0.0.1:10249',
    // The limits of connection tracking are the machine's, not the namespace's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  }
}
