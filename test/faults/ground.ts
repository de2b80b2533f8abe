import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { ACCOUNT, SYSTEM, giveAccount } from '../charts/account.ts'
import { expectSuccess } from '../cluster/admin-client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { kubeconfig } from '../cluster/kubeconfig.ts'
import { type Supervisor, startSupervisor } from '../cluster/supervisor.ts'
import { until } from '../cluster/wait.ts'
import { type ClockFault, type ReplicaClock, createClock } from './clock/fault.ts'
import type { Door } from './door.ts'
import { type Observer, startObserver } from './observer.ts'
import { type Provider, startProvider } from './provider.ts'
import { type Proxy, createProxy } from './proxy.ts'
import { type Program, shippedProgram } from './program.ts'
import {
  type LeaseTiming,
  type LogPart,
  type Process,
  replicaLog,
  replicaLogSince,
  startReplica,
  warmUp,
} from './replica.ts'

/** A control plane, somebody who watches it, and the proxy through which replicas reach it. */
export type Ground = {
  readonly cluster: Cluster
  readonly observer: Observer
  readonly proxy: Proxy
  /** What gates ask. */
  readonly provider: Provider
  /** All that replicas have logged. */
  logs(): Promise<string>
  /** Gives a replica its way in and starts it. @param options.clock  a clock of its own, which can be wrong or is so from the start */
  station(who: string, lease: LeaseTiming, options?: { readonly clock: boolean | ClockFault }): Promise<Station>
  /** The same for replicas of another program, once those of this one have ended; its end is theirs, not that of the control plane. */
  lend(program: Program): Promise<Ground>
  stop(): Promise<void>
}

/** A place for one replica: its door and its credentials stay when its process is replaced. */
export type Station = {
  readonly who: string
  readonly door: Door
  readonly process: () => Process
  /** Undefined when it goes by the machine's. */
  readonly clock: ReplicaClock | undefined
  /** Starts the process anew after it has ended. @param identity, program  default: the same */
  readonly restart: (identity?: string, program?: Program) => Promise<void>
  readonly log: (lines?: number) => Promise<string>
  readonly logSince: (from: number) => Promise<LogPart>
}

const CRDS = ['rolloutplans', 'rolloutrecoveries']
/** Sees and may do everything; no replica uses it. */
const OBSERVER = { namespace: 'default', name: 'observer' }

export type GroundOptions = {
  /** What replicas run; default: the operator as it is shipped. */
  readonly program?: Program
  /** Default: one of its own. */
  readonly on?: Ground
}

export async function startGround(options: GroundOptions = {}): Promise<Ground> {
  if (options.on) return await options.on.lend(options.program ?? (await shippedProgram()))
  const program = options.program ?? (await shippedProgram())
  const cluster = await startCluster()
  const folder = await mkdtemp(join(tmpdir(), 'autonomy-faults-'))
  const supervisor = await startSupervisor(folder)
  try {
    await Promise.all([prepare(cluster), warmUp(supervisor, folder, program)])
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
    const provider = await startProvider()
    const parts = { cluster, proxy, supervisor, folder, token, program }
    const common = { cluster, observer, proxy, provider, logs: async () => await allLogs(folder) }
    let lent = 0
    const lend = async (other: Program): Promise<Ground> => {
      await warmUp(supervisor, folder, other)
      return lentGround({ ...parts, program: other }, common, lend, `${(lent += 1)}`)
    }
    return {
      ...common,
      lend,
      station: async (who, lease, { clock } = { clock: false }) => await openStation({ ...parts, who, lease, clock }),
      stop: async () => {
        await supervisor.close()
        await Promise.all([proxy.close(), provider.close()])
        await observer.stop().finally(async () => await cluster.stop())
      },
    }
  } catch (error) {
    await supervisor.close()
    await cluster.stop()
    throw error
  }
}

async function allLogs(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.log'))
  return (await Promise.all(files.map(async name => await readFile(join(folder, name), 'utf8')))).join('\n')
}

const LEASE_PATH = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/autonomy-rollouts`

function lentGround(
  parts: Omit<StationParts, 'who' | 'lease' | 'clock'>,
  common: Pick<Ground, 'cluster' | 'observer' | 'proxy' | 'provider' | 'logs'>,
  lend: Ground['lend'],
  mark: string,
): Ground {
  const stations: Station[] = []
  return {
    ...common,
    lend,
    station: async (who, lease, { clock } = { clock: false }) => {
      const station = await openStation({ ...parts, who: `${who}${mark}`, lease, clock })
      stations.push(station)
      return station
    },
    stop: async () => {
      await Promise.all(stations.map(async station => await station.process().kill()))
      await Promise.all(stations.map(async station => await station.door.close()))
      // Nobody is to wait for a lease of somebody who is gone.
      const { status } = await common.cluster.request('DELETE', LEASE_PATH)
      if (status !== 200 && status !== 404) throw new Error(`deleting the lease: HTTP ${status}`)
    },
  }
}

type StationParts = {
  readonly cluster: Cluster
  readonly proxy: Proxy
  readonly supervisor: Supervisor
  readonly folder: string
  readonly token: string
  readonly program: Program
  readonly who: string
  readonly lease: LeaseTiming
  readonly clock: boolean | ClockFault
}

async function openStation(parts: StationParts): Promise<Station> {
  const { cluster, proxy, supervisor, folder, token, who, lease } = parts
  const clock = parts.clock ? createClock(folder, who) : undefined
  if (typeof parts.clock === 'object') clock?.set(parts.clock)
  let { program } = parts
  let process: Process | undefined
  const door = await proxy.open({ who, sender: () => process })
  const path = join(folder, `${who}.kubeconfig`)
  const tokenFile = join(folder, `${who}.token`)
  await writeFile(tokenFile, token, { mode: 0o600 })
  const credentials = { kind: 'token-file', path: tokenFile } as const
  await writeFile(path, kubeconfig({ server: door.url, caPem: cluster.ca, user: who, credentials }), { mode: 0o600 })
  const start = async (identity: string): Promise<Process> =>
    await startReplica({ supervisor, folder, program, name: who, identity, kubeconfig: path, lease, clock })
  process = await start(who)
  return {
    who,
    door,
    process: () => process!,
    clock,
    restart: async (identity = who, other = program) => {
      await process?.exited
      program = other
      process = await start(identity)
    },
    log: async lines => await replicaLog(folder, who, lines),
    logSince: async from => await replicaLogSince(folder, who, from),
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
