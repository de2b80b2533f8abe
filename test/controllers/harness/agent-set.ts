import type { Scene } from './scene.ts'
import { create } from './wire.ts'

/** A DaemonSet of the release: its pods come where the plan has put its label. */
export async function agentSet({ cluster, namespace, label }: Scene): Promise<void> {
  const labels = { app: 'agent', release: 'v2' }
  await create(cluster, `/apis/apps/v1/namespaces/${namespace}/daemonsets`, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { [label]: 'v2' },
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'agent', image: 'oci.example/agent:v2' }],
        },
      },
    },
  })
}

/** Confirmed by a pod of that DaemonSet. */
export function byPod({ namespace }: Scene) {
  const selector = { matchLabels: { app: 'agent', release: 'v2' } }
  return { kind: 'pod', namespace, selector, minReadySeconds: 1 } as const
}
