import { type AdminClient, expectSuccess } from './admin-client.ts'
import { until } from './wait.ts'

const GROUP = 'orchestrator.autonomyops.dev'
const APISERVICE = `v1.${GROUP}`
const REGISTRATIONS = '/apis/apiregistration.k8s.io/v1/apiservices'

/** Where operator processes of this machine serve, and how they are called in the cluster. */
export type Backend = {
  readonly namespace: string
  readonly service: string
  /** On localhost. */
  readonly port: number
}

/**
 * Lets the API server pass requests for `orchestrator.autonomyops.dev` on to operator processes on this machine, and
 * waits until it does: kube-apiserver dials localhost for a Service of type ExternalName, while aggregator routing is off.
 *
 * Waits for the operator's certificate first. With its caBundle from the start, the API server's first look at the
 * operator's OpenAPI succeeds; the next would be a minute later.
 */
export async function registerAggregatedApi(
  { request }: Pick<AdminClient, 'request'>,
  { namespace, service, port }: Backend,
  { withinMs, signal }: { readonly withinMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const bounds = { withinMs, everyMs: 100, signal }
  const options = { signal }
  const secret = `/api/v1/namespaces/${namespace}/secrets/${service}-serving`
  const caBundle = await until(
    async () => {
      const { status, body } = await request('GET', secret, undefined, options)
      return status === 200 && (body as { readonly data: { readonly [key: string]: string } }).data['ca.crt']
    },
    { what: 'the operator has made its serving certificate', ...bounds },
  )
  const services = `/api/v1/namespaces/${namespace}/services`
  expectSuccess(
    'creating the Service',
    await request(
      'POST',
      services,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: service },
        spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ name: 'https', port }] },
      },
      options,
    ),
  )
  expectSuccess(
    'creating the APIService',
    await request(
      'POST',
      REGISTRATIONS,
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: APISERVICE },
        spec: {
          group: GROUP,
          version: 'v1',
          groupPriorityMinimum: 1000,
          versionPriority: 15,
          caBundle,
          service: { name: service, namespace, port },
        },
      },
      options,
    ),
  )
  const available = async () => {
    const { body } = await request('GET', `${REGISTRATIONS}/${APISERVICE}`, undefined, options)
    const { conditions = [] } = (body as Registered).status ?? {}
    return conditions.some(({ type, status }) => type === 'Available' && status === 'True')
  }
  await until(available, { what: 'the APIService is available', ...bounds })
}

type Registered = {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}
