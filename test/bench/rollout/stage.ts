import { readFileSync } from 'node:fs'
import type { RolloutPlan } from '../../../operator/api/object.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import { type Cluster, startCluster } from '../../cluster/cluster.ts'
import type { ServiceAccountAccess } from '../../cluster/client-access.ts'
import { until } from '../../cluster/wait.ts'
import { FLEET, type Flags, PATIENT, type Replica, SYSTEM, install, startOperator } from '../../rest/ground.ts'
import { type Shipped, ship } from './shipped.ts'
import { type Machine, createMachines, reportOf } from './fleet.ts'

export const PLANS = `/apis/fleet.autonomyops.dev/v1alpha1/namespaces/${FLEET}/rolloutplans`
export const NODES = '/api/v1/nodes'

export type StageSpec = {
  readonly id: string
  readonly nodes?: object
  readonly batchSize?: number | string
  readonly maxFailures?: number | string
  readonly gates?: readonly object[]
}

export type PlanParts = {
  /** Of the plan, of the release and of the activation label below the operator's prefix: no two plans wait for each other. */
  readonly name: string
  readonly stages: readonly StageSpec[]
  /** Labels of the machines that it moves; default: all. */
  readonly fleet?: { readonly [label: string]: string }
  /** What says that a node has moved; default: that it is Ready, which it is at once. */
  readonly confirm?: 'ready' | 'annotation'
}

/**
 * A control plane of kube-apiserver and etcd alone, the chart with its policies, and operator processes as they are
 * shipped, under the chart's account: what moves is measured, and nothing else runs.
 */
export type Stage = {
  readonly cluster: Cluster
  /** The operator's own account, for whoever repeats its writes. */
  readonly operator: ServiceAccountAccess
  readonly shipped: Shipped
  /** An administrator's bearer token, for watches. */
  readonly token: string
  /** Sees to it that there are at least so many machines, and returns the first of them. */
  machines(count: number): Promise<readonly Machine[]>
  replica(flags?: Flags): Promise<Replica>
  /** Resolves with the replica that holds the lease. */
  leader(): Promise<Replica>
  /** Lets one replica lead while `work` is done, and stops it then. */
  led<T>(work: (replica: Replica) => Promise<T>, flags?: Flags): Promise<T>
  publish(parts: PlanParts): Promise<RolloutPlan>
  /** What `publish` would create. */
  sketch(parts: PlanParts): Promise<RolloutPlan>
  plan(name: string): Promise<RolloutPlan>
  /** Waits for the plan's phase, looking every `everyMs`. */
  phase(name: string, phase: string, withinMs: number, everyMs?: number): Promise<RolloutPlan>
  /** What the operator has asked since the last call: leases and watches are left out. */
  requests(): readonly Asked[]
  /** The authorities by which the REST surface is to be trusted. */
  ca(): Promise<string>
  end(): Promise<void>
}

/** The activation label of a plan. */
export const labelOf = (plan: string) => `fleet.autonomyops.dev/${plan}`

export type Asked = {
  readonly verb: string
  readonly resource: string
  readonly name: string
  readonly at: number
}

type AuditLine = {
  readonly stage: string
  readonly verb: string
  readonly requestReceivedTimestamp: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string }
}

const WRITES = new Set(['create', 'update', 'patch', 'delete'])
export const isWrite = ({ verb, resource }: Asked): boolean =>
  WRITES.has(verb) && !['tokenreviews', 'subjectaccessreviews'].includes(resource)

export async function startStage(): Promise<Stage> {
  const cluster = await startCluster({ auditLog: true })
  const replicas: Replica[] = []
  const end = async () => {
    await Promise.all(replicas.filter(replica => replica.running()).map(replica => replica.kill('SIGTERM')))
    await cluster.stop()
  }
  try {
    await install(cluster)
    const operator = await cluster.clientForServiceAccount({ namespace: SYSTEM, name: 'autonomy-rollouts' })
    const post = async (what: string, path: string, object: object) =>
      expectSuccess(what, await cluster.request('POST', path, object, { timeoutMs: 60_000 }))
    await post('the bystander', `/api/v1/namespaces/${FLEET}/serviceaccounts`, { metadata: { name: 'bystander' } })
    await post('its rights', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'bystander' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', namespace: FLEET, name: 'bystander' }],
    })
    const shipped = await ship(cluster.folder)
    const bystander = await cluster.clientForServiceAccount({ namespace: FLEET, name: 'bystander' })
    let read = 0

    const plan = async (name: string) =>
      expectSuccess(`reading ${name}`, await cluster.request('GET', `${PLANS}/${name}`)) as RolloutPlan
    const machines: Machine[] = []
    const leader = async () =>
      await until(
        async () => {
          const path = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/autonomy-rollouts`
          const { body } = await cluster.request('GET', path)
          const holder = (body as { readonly spec?: { readonly holderIdentity?: string } }).spec?.holderIdentity
          return replicas.find(replica => replica.name === holder && replica.running())
        },
        { what: 'a replica leads', withinMs: 60_000 },
      )
    const replica = async (flags: Flags = {}) => {
      const own = { ...PATIENT, kubeconfig: operator.kubeconfig, 'rest-address': '127.0.0.1:0', 'log-level': 'info' }
      const name = `replica-${replicas.length}`
      const started = startOperator(name, cluster, { ...own, ...flags }, shipped.main, shipped.env)
      replicas.push(started)
      return started
    }
    return {
      cluster,
      operator,
      shipped,
      token: await bystander.token(),
      leader,
      replica,
      plan,
      end,
      machines: async count => {
        if (count > machines.length)
          machines.push(...(await createMachines(cluster, machines.length, count - machines.length)))
        return machines.slice(0, count)
      },
      led: async (work, flags) => {
        const one = await replica(flags)
        try {
          await leader()
          return await work(one)
        } finally {
          await one.kill('SIGTERM')
        }
      },
      publish: async parts => (await post(`plan ${parts.name}`, PLANS, manifest(parts))) as RolloutPlan,
      sketch: async parts => (await post(`plan ${parts.name}`, `${PLANS}?dryRun=All`, manifest(parts))) as RolloutPlan,
      phase: async (name, phase, withinMs, everyMs = 20) =>
        await until(
          async () => {
            const found = await plan(name)
            return found.status.phase === phase && found
          },
          { what: `${name} is ${phase}`, withinMs, everyMs },
        ),
      ca: async () => {
        const { body } = await cluster.request('GET', `/api/v1/namespaces/${SYSTEM}/secrets/autonomy-rollouts-serving`)
        const { data } = expectSecret(body)
        return Buffer.from(data['ca.crt'] ?? '', 'base64').toString('utf8')
      },
      requests: () => {
        const lines = readFileSync(cluster.apiServer.auditLog ?? '', 'utf8').slice(read)
        read += lines.lastIndexOf('\n') + 1
        return asked(lines.slice(0, lines.lastIndexOf('\n') + 1))
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

function manifest({ name, fleet = {}, stages, confirm = 'ready' }: PlanParts): object {
  return {
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name, namespace: FLEET },
    spec: {
      artifactRef: `oci.example/robot-agent@sha256:${'0'.repeat(64)}`,
      fleet: { selector: { matchLabels: fleet } },
      activation: {
        label: labelOf(name),
        confirm: confirm === 'ready' ? { kind: confirm } : { kind: confirm, annotation: reportOf(name) },
        timeoutSeconds: 3600,
      },
      stages: stages.map(stage => ({ nodes: {}, ...stage })),
    },
  }
}

function expectSecret(body: unknown): { readonly data: { readonly [key: string]: string } } {
  if (typeof body === 'object' && body !== null && 'data' in body) return body as ReturnType<typeof expectSecret>
  throw new Error(`no secret: ${JSON.stringify(body)}`)
}

const ACCOUNT = `system:serviceaccount:${SYSTEM}:autonomy-rollouts`

function asked(lines: string): Asked[] {
  return lines
    .split('\n')
    .filter(line => line.includes('"ResponseComplete"') && line.includes(ACCOUNT))
    .map(line => JSON.parse(line) as AuditLine)
    .filter(({ user, verb }) => user.username === ACCOUNT && verb !== 'watch')
    .map(({ verb, requestReceivedTimestamp, objectRef: { resource = '', subresource, name = '' } = {} }) => ({
      verb,
      resource: [resource, subresource].filter(Boolean).join('/'),
      name,
      at: Date.parse(requestReceivedTimestamp),
    }))
    .filter(({ resource }) => resource !== 'leases')
}
