import { RELEASE_LABEL } from '../../operator/api/names.ts'

export type AgentSpec = {
  readonly namespace: string
  readonly image: string
  readonly release: string
  /** The node on which it does not become Ready until somebody creates /tmp/mended in its pod. */
  readonly illOn?: string
}

/** One release of what runs on every node of the fleet: a DaemonSet that follows the release label. */
export function agent({ namespace, image, release, illOn = '' }: AgentSpec): object {
  const labels = { app: 'agent', release }
  const script = `trap "exit 0" TERM
echo "release ${release} runs on $NODE"
if [ "$NODE" != "${illOn}" ]; then : > /tmp/mended; else echo "the battery does not answer"; fi
while :; do /bin/busybox sleep 3600 & wait $!; done`
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: `agent-${release}`, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { [RELEASE_LABEL]: release },
          tolerations: [{ operator: 'Exists' }],
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 5,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'agent',
              image,
              imagePullPolicy: 'Never',
              command: ['/bin/busybox', 'sh', '-c', script],
              env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              readinessProbe: { exec: { command: ['/bin/busybox', 'test', '-e', '/tmp/mended'] }, periodSeconds: 1 },
              resources: { requests: { cpu: '10m', memory: '8Mi' }, limits: { memory: '32Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Mi' } }],
        },
      },
    },
  }
}
