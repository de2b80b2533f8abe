import { createClient } from '../../operator/kube/client.ts'
import type { Client } from '../../operator/kube/client.ts'
import { loadClusterConfig } from '../../operator/kube/config.ts'
import type { KubeObject } from '../../operator/kube/object.ts'
import { defineResource } from '../../operator/kube/resource.ts'
import { createTransport } from '../../operator/kube/transport.ts'
import type { Transport, TransportOptions } from '../../operator/kube/transport.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/wait.ts'

/** A custom resource that takes anything: large objects, and a status of its own. */
export type Widget = KubeObject & {
  readonly spec?: { readonly size?: number; readonly text?: string }
  readonly status?: unknown
}

export const widgets = defineResource<Widget>({
  group: 'test.autonomy.example',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
})

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

const definition = (group: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { ...anything, properties: { size: { type: 'integer' } } },
              status: anything,
            },
          },
        },
      },
    ],
  },
})

export async function installWidgets(cluster: Cluster, group = widgets.group): Promise<void> {
  await cluster.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition(group))
  await until(async () => (await cluster.request('GET', `/apis/${group}/v1/widgets`)).status === 200, {
    what: 'widgets to be served',
    withinMs: 20_000,
  })
}

export type Connection = AsyncDisposable & { readonly transport: Transport; readonly client: Client }

export function connect(kubeconfig: string, options: Partial<TransportOptions> = {}): Connection {
  const clock = options.clock ?? systemClock()
  const transport = createTransport({ config: loadClusterConfig({ clock, kubeconfig }), clock, ...options })
  return {
    transport,
    client: createClient({ transport, clock }),
    [Symbol.asyncDispose]: () => transport.close(),
  }
}

/** A signal for one step of a test. */
export const soon = (): AbortSignal => AbortSignal.timeout(20_000)
