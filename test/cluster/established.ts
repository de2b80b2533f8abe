import { expectSuccess } from './admin-client.ts'
import type { Cluster } from './cluster.ts'
import { until } from './wait.ts'

type Definitions = {
  readonly items: readonly {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null }
  }[]
}

const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/**
 * Waits until the API server serves every kind that it was given. `kubectl wait` fails on a definition that is so new that
 * it has no conditions.
 */
export async function established({ request }: Pick<Cluster, 'request'>): Promise<void> {
  const all = async () => {
    const { items } = expectSuccess('listing definitions', await request('GET', PATH)) as Definitions
    const serves = ({ status }: Definitions['items'][number]) =>
      status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true
    return items.length > 0 && items.every(serves)
  }
  await until(all, { what: 'all kinds are established', withinMs: 30_000 })
}
