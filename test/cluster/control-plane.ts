import { adminClient } from './admin-client.ts'
import type { AdminClient } from './admin-client.ts'
import { apiServer } from './api-server.ts'
import type { ApiServer, NodeNetwork } from './api-server.ts'
import { clientAccess } from './client-access.ts'
import type { ClientAccess } from './client-access.ts'
import { logFileOf, tail } from './component.ts'
import type { Ground } from './component.ts'
import { clusterError } from './error.ts'
import type { ClusterError } from './error.ts'
import { startEtcd } from './etcd.ts'
import { startControllerManager, startScheduler } from './kube-controllers.ts'
import { installStages, startKwok } from './kwok.ts'
import { createPki } from './pki.ts'
import type { Pki, ServingFiles } from './pki.ts'
import { freePorts } from './port.ts'
import type { Exit, Supervised } from './supervisor.ts'
import type { ToolName } from './tool-catalogue.ts'

export interface ControlPlaneOptions {
  /** DaemonSets, garbage collection, namespace deletion, service accounts; default false. */
  readonly controllerManager?: boolean
  /** Binds pods to nodes; default false. */
  readonly scheduler?: boolean
  /** Makes simulated nodes Ready and their pods Running; default false. */
  readonly kwok?: boolean
  /** For nodes that have kubelets of their own; KWOK then plays only those that `createNodes` makes. Default: loopback. */
  readonly network?: NodeNetwork
  /** Every request at Metadata level, to `apiServer.auditLog`; default false. */
  readonly auditLog?: boolean
  /** Appended to those of every kube-apiserver; a repeated flag wins. */
  readonly apiServerFlags?: readonly string[]
  readonly controllerManagerFlags?: readonly string[]
}

export interface ControlPlane {
  readonly pki: Pki
  readonly admin: AdminClient
  readonly adminKubeconfig: string
  readonly access: ClientAccess
  readonly apiServer: ApiServer
  readonly broken: Promise<ClusterError>
  processes(): readonly { readonly name: string; readonly pid: number }[]
  addApiServer(flags?: readonly string[]): Promise<ApiServer>
  close(): void
}

const ADMIN = { user: 'admin', groups: ['system:masters'] } as const

/** Starts the parts in the order in which they need each other; resolves when all are ready. */
export async function controlPlane(
  ground: Ground,
  tools: Readonly<Record<ToolName, string>>,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const pki = await createPki(ground.folder, Date.now())
  const { network } = options
  const reached = network === undefined ? [] : [network.address, network.firstService]
  const serving = await pki.serving(['localhost', '127.0.0.1', 'kubernetes.default.svc', ...reached])
  const [etcdPort, peerPort, apiPort, managerPort, schedulerPort, kwokPort] = await sixPorts()
  const broken = Promise.withResolvers<ClusterError>()
  let closed = false
  const died = (name: string, exit: Exit) => {
    if (!closed) void describeEnd(ground.folder, name, exit).then(broken.resolve)
  }

  const etcd = await startEtcd(ground, tools.etcd, { client: etcdPort, peer: peerPort })
  const components: Supervised[] = [etcd.process]
  const apiServers: ApiServer[] = []
  const addApiServer = async (name: string, port: number, flags: readonly string[]): Promise<ApiServer> => {
    const added = await apiServer(ground, {
      name,
      command: tools['kube-apiserver'],
      port,
      etcd: etcd.url,
      pki,
      serving,
      auditLog: options.auditLog ?? false,
      network,
      flags: [...(options.apiServerFlags ?? []), ...flags],
      died,
    })
    apiServers.push(added)
    return added
  }
  const first = await addApiServer('kube-apiserver', apiPort, [])
  const { server } = first
  const identity = pki.client({ commonName: ADMIN.user, organizations: ADMIN.groups })
  const admin = adminClient(server, pki.caPem, identity)
  const access = clientAccess({ folder: ground.folder, server, pki, admin })
  const stages = begin(signal => (options.kwok === true ? installStages(admin, signal) : Promise.resolve()), ground)
  try {
    await first.start()
  } catch (error) {
    await stages.abandon()
    throw error
  }
  const adminKubeconfig = await access.clientFor(ADMIN)

  const context = { server, pki, serving, adminKubeconfig, managerPort, schedulerPort, kwokPort, stages: stages.done }
  components.push(...(await startControllers(ground, tools, options, context)))
  for (const component of components) void component.exited.then(exit => died(component.name, exit))

  return {
    pki,
    admin,
    adminKubeconfig,
    access,
    apiServer: first,
    broken: broken.promise,
    processes: () => [
      ...components.filter(component => !component.hasExited()).map(({ name, pid }) => ({ name, pid })),
      ...apiServers.flatMap(({ name, pid }) => {
        const current = pid()
        return current === undefined ? [] : [{ name, pid: current }]
      }),
    ],
    async addApiServer(flags = []) {
      const [port = 0] = await freePorts(1)
      const added = await addApiServer(`kube-apiserver-${apiServers.length + 1}`, port, flags)
      await added.start()
      return added
    },
    close() {
      closed = true
      admin.close()
    },
  }
}

interface ControllerContext {
  readonly server: string
  readonly pki: Pki
  readonly serving: ServingFiles
  readonly adminKubeconfig: string
  readonly managerPort: number
  readonly schedulerPort: number
  readonly kwokPort: number
  /** Resolves when KWOK's stages are in the cluster. */
  readonly stages: Promise<void>
}

/** Starts those that were asked for, side by side. */
async function startControllers(
  ground: Ground,
  tools: Readonly<Record<ToolName, string>>,
  options: ControlPlaneOptions,
  context: ControllerContext,
): Promise<readonly Supervised[]> {
  const { server, pki, serving, adminKubeconfig, managerPort, schedulerPort, kwokPort } = context
  const common = { server, pki, serving }
  const starting: Promise<Supervised>[] = []
  if (options.controllerManager === true) {
    const flags = options.controllerManagerFlags ?? []
    const command = tools['kube-controller-manager']
    starting.push(startControllerManager(ground, { ...common, command, port: managerPort, flags }))
  }
  if (options.scheduler === true) {
    const command = tools['kube-scheduler']
    starting.push(startScheduler(ground, { ...common, command, port: schedulerPort, flags: [] }))
  }
  if (options.kwok === true) {
    const nodes: 'all' | 'simulated' = options.network === undefined ? 'all' : 'simulated'
    const spec = { command: tools.kwok, port: kwokPort, kubeconfig: adminKubeconfig, nodes }
    starting.push(context.stages.then(() => startKwok(ground, spec)))
  }
  return await allOrNothing(starting)
}

interface Begun {
  readonly done: Promise<void>
  /** Ends the work early and resolves when it has ended; never rejects. */
  abandon(): Promise<void>
}

/** Begins work that runs beside what follows; its failure is not lost, but comes out of `done`. */
function begin(work: (signal: AbortSignal) => Promise<void>, ground: Ground): Begun {
  const abandoned = new AbortController()
  const signals = ground.signal === undefined ? [abandoned.signal] : [abandoned.signal, ground.signal]
  const done = work(AbortSignal.any(signals))
  const settled = done.catch(() => undefined)
  return {
    done,
    async abandon() {
      abandoned.abort()
      await settled
    },
  }
}

/** Like Promise.all, but rejects only after all have settled: no start goes on behind the caller's back. */
async function allOrNothing<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work)
  return await Promise.all(work)
}

async function sixPorts(): Promise<readonly [number, number, number, number, number, number]> {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = await freePorts(6)
  return [a, b, c, d, e, f]
}

async function describeEnd(folder: string, name: string, exit: Exit): Promise<ClusterError> {
  const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`
  return clusterError('component_failed', `${name} ended ${how}; its log ends:\n${await tail(logFileOf(folder, name))}`)
}
