import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestOptions, Answer } from './admin-client.ts'
import type { ApiServer } from './api-server.ts'
import type { ClientAccess } from './client-access.ts'
import { logFileOf, tail } from './component.ts'
import { controlPlane } from './control-plane.ts'
import type { ControlPlaneOptions } from './control-plane.ts'
import type { ClusterError } from './error.ts'
import type { ServingFiles } from './pki.ts'
import { startSupervisor } from './supervisor.ts'
import type { ToolName } from './tool-catalogue.ts'
import { resolveTools } from './tools.ts'

export interface ClusterOptions extends ControlPlaneOptions {
  /** Ends the bring-up; a running cluster is ended by `stop`. */
  readonly signal?: AbortSignal | undefined
}

/** All that a demo needs. */
export const everything = { controllerManager: true, scheduler: true, kwok: true } as const satisfies ClusterOptions

export interface Cluster extends ClientAccess {
  /** `https://127.0.0.1:<port>` of the first API server. */
  readonly server: string
  readonly caFile: string
  readonly ca: string
  /** Kubeconfig of a member of `system:masters`. */
  readonly adminKubeconfig: string
  /** The kubectl program that fits. */
  readonly kubectl: string
  /** Everything the cluster writes is below it; `stop` removes it. */
  readonly folder: string
  readonly apiServer: ApiServer
  /** Resolves, with the reason, when a part of the control plane ends unasked. Never rejects. */
  readonly broken: Promise<ClusterError>
  /** The process that ends the others if this one cannot. */
  readonly supervisorPid: number
  processes(): readonly { readonly name: string; readonly pid: number }[]
  /** Asks the first API server as an administrator; answers any status. */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
  /** Starts another kube-apiserver on the same etcd, ready when this resolves. */
  addApiServer(flags?: readonly string[]): Promise<ApiServer>
  /** A certificate of the cluster's authority, for a server that the API server or a test calls. */
  issueServing(names: readonly string[]): Promise<ServingFiles>
  /** The last lines a component wrote; `component` is a name of `processes()`. */
  log(component: string, lines?: number): Promise<string>
  /** Kills everything and removes the folder. Idempotent. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Brings up a Kubernetes control plane on loopback and resolves when all of its parts are ready.
 *
 * Programs that the machine has not got are built first, which takes minutes, once. Two clusters
 * share nothing. Whatever happens to this process, nothing of the cluster outlives it.
 *
 * Rejects with a `ClusterError`, or with the reason of `signal`; nothing is left behind then either.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { signal } = options
  const tools = await resolveTools(toolsFor(options), { signal })
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'autonomy-cluster-')))
  const supervisor = await startSupervisor(folder)
  try {
    const plane = await controlPlane({ folder, supervisor, signal }, tools, options)
    const stop = async () => {
      plane.close()
      await supervisor.close()
    }
    return {
      ...plane.access,
      server: plane.apiServer.server,
      caFile: plane.pki.caFile,
      ca: plane.pki.caPem,
      adminKubeconfig: plane.adminKubeconfig,
      kubectl: tools.kubectl,
      folder,
      apiServer: plane.apiServer,
      broken: plane.broken,
      supervisorPid: supervisor.pid,
      processes: plane.processes,
      request: plane.admin.request,
      addApiServer: plane.addApiServer,
      issueServing: plane.pki.serving,
      log: async (component, lines) => await tail(logFileOf(folder, component), lines),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await supervisor.close()
    throw error
  }
}

function toolsFor(options: ClusterOptions): readonly ToolName[] {
  return [
    'etcd',
    'kube-apiserver',
    'kubectl',
    ...(options.controllerManager === true ? (['kube-controller-manager'] as const) : []),
    ...(options.scheduler === true ? (['kube-scheduler'] as const) : []),
    ...(options.kwok === true ? (['kwok'] as const) : []),
  ]
}
