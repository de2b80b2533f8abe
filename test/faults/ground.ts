import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { ACCOUNT, giveAccount } from '../charts/account.ts'
import { expectSuccess } from '../cluster/admin-client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { kubeconfig } from '../cluster/kubeconfig.ts'
import { type Supervisor, startSupervisor } from '../cluster/supervisor.ts'
import { until } from '../cluster/wait.ts'
import type { Door } from './door.ts'
import { type Observer, startObserver } from './observer.ts'
import { type Proxy, createProxy } from './proxy.ts'
import { type LeaseTiming, type Process, replicaLog, startReplica, warmUp } from './replica.ts'

/** A control plane, somebody who watches it, and the proxy through which replicas reach it. */
export type Ground = {
  readonly cluster: Cluster
  readonly observer: Observer
  readonly proxy: Proxy
  /** Gives a replica its way in and starts it. */
  station(who: string, lease: LeaseTiming): Promise<Station>
  stop(): Promise<void>
}

/** A place for one replica: its door and its credentials stay when its process is replaced. */
export type Station = {
  readonly who: string
  readonly door: Door
  readonly process: () => Process
  /** Starts the process anew after it has ended. @param identity default: the same */
  readonly restart: (identity?: string) => Promise<void>
  readonly log: (lines?: number) => Promise<string>
}

const CRDS = ['rolloutplans', 'rolloutrecoveries']
/** Sees and may do everything; no replica uses it. */
const OBSERVER = { namespace: 'default', name: 'observer' }

export async function startGround(): Promise<Ground> {
  const cluster = await startCluster()
  const folder = await mkdtemp(join(tmpdir(), 'autonomy-faults-'))
  const supervisor = await startSupervisor(folder)
  try {
    await Promise.all([prepare(cluster), warmUp(supervisor, folder)])
    const [token, observing] = await Promise.all(
      [ACCOUNT, OBSERVER].map(async identity => await (await cluster.clientForServiceAccount(identity)).token()),
    )
    if (token === undefined || observing === undefined) throw new Error('two tokens were asked for')
    const { cert, key } = await servingOf(cluster)
    const proxy = createProxy({ server: cluster.server, ca: cluster.ca, cert, key })
    const observer = await startObserver({
      server: cluster.server,
      ca: cluster.ca,
      token: observing,
      request: cluster.request,
    })
    return {
      cluster,
      observer,
      proxy,
      station: async (who, lease) => await openStation({ cluster, proxy, supervisor, folder, token, who, lease }),
      stop: async () => {
        await supervisor.close()
        await proxy.close()
        await observer.stop().finally(async () => await cluster.stop())
      },
    }
  } catch (error) {
    await supervisor.close()
    await cluster.stop()
    throw error
  }
}

type StationParts = {
  readonly cluster: Cluster
  readonly proxy: Proxy
  readonly supervisor: Supervisor
  readonly folder: string
  readonly token: string
  readonly who: string
  readonly lease: LeaseTiming
}

async function openStation(parts: StationParts): Promise<Station> {
  const { cluster, proxy, supervisor, folder, token, who, lease } = parts
  let process: Process | undefined
  const door = await proxy.open({ who, kill: async () => await process?.kill() })
  const path = join(folder, `${who}.kubeconfig`)
  const tokenFile = join(folder, `${who}.token`)
  await writeFile(tokenFile, token, { mode: 0o600 })
  const credentials = { kind: 'token-file', path: tokenFile } as const
  await writeFile(path, kubeconfig({ server: door.url, caPem: cluster.ca, user: who, credentials }), { mode: 0o600 })
  const start = async (identity: string): Promise<Process> =>
    await startReplica({ supervisor, folder, name: who, identity, kubeconfig: path, lease })
  process = await start(who)
  return {
    who,
    door,
    process: () => process!,
    restart: async (identity = who) => {
      await process?.exited
      process = await start(identity)
    },
    log: async lines => await replicaLog(folder, who, lines),
  }
}

/** The kinds, the account of the operator, and that of the observer. */
async function prepare(cluster: Cluster): Promise<void> {
  const post = async (path: string, body: unknown) =>
    expectSuccess(`creating at ${path}`, await cluster.request('POST', path, body))
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  for (const plural of CRDS)
    await post(definitions, load(await readFile(join(import.meta.dirname, `../../crds/${plural}.yaml`), 'utf8')))
  for (const plural of CRDS) {
    const path = `/apis/fleet.autonomyops.dev/v1alpha1/${plural}`
    const served = async () => (await cluster.request('GET', path)).status === 200
    await until(served, { what: `${plural} are served`, withinMs: 20_000 })
  }
  await post(`/api/v1/namespaces/${OBSERVER.namespace}/serviceaccounts`, { metadata: { name: OBSERVER.name } })
  await post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: OBSERVER.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...OBSERVER }],
  })
  await giveAccount(cluster)
}

async function servingOf(cluster: Cluster): Promise<{ readonly cert: string; readonly key: string }> {
  const { certFile, keyFile } = await cluster.issueServing(['127.0.0.1'])
  return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') }
}
