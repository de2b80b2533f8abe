import type { Cluster } from '../../cluster/cluster.ts'
import { apply, kubectl } from './kubectl.ts'

export type UnansweredRule = {
  readonly group: string
  readonly resource: string
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  /** Objects that it is asked about. */
  readonly labels: Readonly<Record<string, string>>
}

/**
 * A webhook that nobody answers for: the API server answers 500 to every such write.
 *
 * Resolves with what takes it away again.
 */
export async function unanswered(
  cluster: Pick<Cluster, 'kubectl' | 'adminKubeconfig'>,
  name: string,
  { group, resource, operation, labels }: UnansweredRule,
): Promise<() => Promise<void>> {
  await apply(cluster, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.test.autonomyops.dev`,
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: [{ apiGroups: [group], apiVersions: ['v1'], operations: [operation], resources: [resource] }],
        objectSelector: { matchLabels: labels },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 1,
      },
    ],
  })
  return async () => {
    await kubectl(cluster, ['delete', 'validatingwebhookconfiguration', name])
  }
}
