import { loadAll } from 'js-yaml'
import { run, runKubectl } from '../api/server.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { resolveTools } from '../cluster/tools.ts'
import { until } from '../cluster/wait.ts'
import { CHART, OPERATOR_ELSEWHERE } from './helm.ts'
import type { Rendered } from './helm.ts'

/** Where the chart is installed in these clusters, and the operator as the API server knows it there. */
export const SYSTEM = 'autonomy-system'
export const ACCOUNT = { namespace: SYSTEM, name: 'autonomy-rollouts' } as const
export const OPERATOR = `system:serviceaccount:${ACCOUNT.namespace}:${ACCOUNT.name}`

type Place = Pick<Cluster, 'kubectl' | 'adminKubeconfig' | 'folder' | 'request'>

/** What of the chart is who the operator is, and what it may do. */
const IDENTITY = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']

/** What the chart renders with these values, once in a process. */
const rendered = new Map<string, Promise<readonly Rendered[]>>()

/**
 * Gives the operator what the chart gives it, and holds it to what the chart holds it to: its account, its roles, and
 * the policies on what it may do. The policies on people are left out, so that an administrator may write objects in
 * anybody's name. Resolves when the roles are in force.
 *
 * @param podNamespaces  the chart's value
 */
export async function giveAccount(cluster: Place, podNamespaces: readonly string[] = []): Promise<void> {
  const objects = await accountObjects(cluster, podNamespaces)
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } }
  // The API server makes kube-system, where one binding goes, some time after it is ready.
  const there = async () => (await cluster.request('GET', '/api/v1/namespaces/kube-system')).status === 200
  await until(there, { what: 'namespace kube-system is there', withinMs: 20_000 })
  await apply(cluster, [namespace, ...objects])
  // One right that the cluster's role gives, and one of a role in the namespace: the API server takes them up apart.
  await untilAllowed(cluster, { verb: 'patch', resource: 'nodes' })
  await untilAllowed(cluster, { verb: 'update', resource: 'leases.coordination.k8s.io' })
}

/** Lets the operator see the pods of one more namespace, by the chart's own role; resolves when that is in force. */
export async function givePods(cluster: Place, namespace: string): Promise<void> {
  await giveRole(cluster, '-pods', { podNamespaces: [namespace] })
  await untilAllowed(cluster, { verb: 'watch', resource: 'pods' }, { namespace })
}

/** Lets the operator read the Secrets of a namespace for gates, likewise. */
export async function giveSecrets(cluster: Place, namespace: string): Promise<void> {
  await giveRole(cluster, '-gates', { gates: { secretNamespaces: [namespace] } })
  await untilAllowed(cluster, { verb: 'get', resource: 'secrets' }, { namespace })
}

/** Lets the operator run Jobs of gates in one more namespace, likewise. */
export async function giveJobs(cluster: Place, namespace: string): Promise<void> {
  await giveRole(cluster, '-jobs', { gates: { jobNamespaces: [namespace] } })
  for (const right of [
    { verb: 'get', resource: 'cronjobs.batch' },
    { verb: 'delete', resource: 'jobs.batch' },
    { verb: 'list', resource: 'pods' },
  ])
    await untilAllowed(cluster, right, { namespace })
}

/** A role of the chart and its binding, by the end of their names, as they are with these values. */
async function giveRole(cluster: Place, end: string, values: Values): Promise<void> {
  const objects = (await render(cluster, values)).filter(({ metadata }) => metadata.name.endsWith(end))
  await apply(cluster, objects)
}

/** The objects of `giveAccount`. */
export async function accountObjects(
  cluster: Pick<Place, 'folder'>,
  podNamespaces: readonly string[] = [],
): Promise<readonly Rendered[]> {
  const objects = await render(cluster, { podNamespaces })
  const confining = new Set(objects.filter(confines).map(({ metadata }) => metadata.name))
  return objects.filter(({ kind, metadata }) =>
    kind.includes('AdmissionPolicy') ? confining.has(metadata.name) : IDENTITY.includes(kind),
  )
}

export async function apply(cluster: Place, objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const { code, stderr } = await runKubectl(cluster, ['apply', '-f', '-'], { input })
  if (code !== 0) throw new Error(`kubectl apply: ${stderr}`)
}

/** A right as tests name it: the resource with its group (`controllerrevisions.apps`). */
export type Right = { readonly verb: string; readonly resource: string }

/** The API server takes up changed roles some time after they are written. */
export async function untilAllowed(
  cluster: Place,
  right: Right,
  { namespace = SYSTEM, wanted = true }: { readonly namespace?: string; readonly wanted?: boolean } = {},
): Promise<void> {
  const { verb } = right
  const [resource = '', ...group] = right.resource.split('.')
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    // The name stands for any, and is that of the one lease.
    spec: {
      user: OPERATOR,
      resourceAttributes: { verb, group: group.join('.'), resource, name: ACCOUNT.name, namespace },
    },
  }
  const asWanted = async () => {
    const { body } = await cluster.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
    return (body as { readonly status?: { readonly allowed?: boolean } }).status?.allowed === wanted
  }
  const what = `the operator ${wanted ? 'may' : 'may not'} ${verb} ${right.resource}`
  await until(asWanted, { what, withinMs: 20_000 })
}

/** Whether a policy holds the operator itself to something. */
function confines({ spec }: Rendered): boolean {
  return (spec?.matchConditions ?? []).some(({ expression }) => expression.includes(`username == '${OPERATOR}'`))
}

/** Values of the chart. */
type Values = { readonly podNamespaces?: readonly string[]; readonly gates?: object }

async function render({ folder }: Pick<Place, 'folder'>, values: Values) {
  const input = JSON.stringify({ crds: { install: false }, userRoles: { create: false }, ...values })
  const known = rendered.get(input) ?? template(folder, input)
  rendered.set(input, known)
  return await known
}

async function template(home: string, input: string): Promise<readonly Rendered[]> {
  const { helm } = await resolveTools(['helm'])
  const args = ['template', ACCOUNT.name, CHART, ...OPERATOR_ELSEWHERE, '--values', '-']
  const { code, stdout, stderr } = await run(helm, args, { home, input, env: { HELM_NAMESPACE: SYSTEM } })
  if (code !== 0) throw new Error(`helm template: ${stderr}`)
  return (loadAll(stdout) as (Rendered | null)[]).filter(object => object !== null)
}
