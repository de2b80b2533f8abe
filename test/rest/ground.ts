import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before } from 'mocha'
import type { AuditLine } from '../../operator/api/audit.ts'
import { run, runKubectl } from '../api/server.ts'
import type { Output } from '../api/server.ts'
import { CHART, OPERATOR_ELSEWHERE } from '../charts/helm.ts'
import { established } from '../cluster/established.ts'
import { registerAggregatedApi } from '../cluster/aggregated-api.ts'
import { type Cluster, everything, startCluster } from '../cluster/cluster.ts'
import { freePorts } from '../cluster/port.ts'
import { createNodes } from '../cluster/simulated-node.ts'
import { resolveTools } from '../cluster/tools.ts'
import { until } from '../cluster/wait.ts'
import { type Caller, aggregated, direct } from './door.ts'

/** Where the operator runs, and where the plans of paths without a namespace are. */
export const SYSTEM = 'autonomy-system'
export const FLEET = 'fleet'
export const APISERVICE = 'v1.orchestrator.autonomyops.dev'
export const OPERATOR_MAIN = join(import.meta.dirname, '../../operator/main.ts')

/** The operator as it is installed: chart, policies, service account, two doors. */
export type Ground = {
  readonly cluster: Cluster
  readonly port: number
  kubectl(args: readonly string[], object?: object): Promise<Output>
  /** As an administrator; throws kubectl's words when it fails. */
  succeed(args: readonly string[], object?: object): Promise<string>
  /** Through kube-apiserver, as the user of a client certificate. */
  aggregated(user: string, groups?: readonly string[]): Promise<Caller>
  /** On the operator's own listener, as a service account with a token of that audience. */
  direct(account: string, audience?: string): Promise<Caller>
  replicas(): readonly Replica[]
  /** `flags` take the place of the ground's own: `{ 'rest-address': 'off' }`. */
  startReplica(flags?: Flags): Promise<Replica>
  /** What the operator has written to standard output, of all replicas. */
  audit(): readonly AuditLine[]
  /** The certificate authorities that the direct door is to be trusted by. */
  ca(): Promise<string>
}

/** `true`: a flag without a value. */
export type Flags = { readonly [flag: string]: string | number | true }

export type Replica = {
  readonly name: string
  readonly pid: number
  kill(signal?: NodeJS.Signals): Promise<void>
  running(): boolean
  log(lines?: number): string
}

/**
 * For the suite that calls this: a cluster with the chart, `nodes` simulated nodes, and `replicas` operator processes.
 *
 * @param options.main  the operator's program; default: the sources
 */
export function withGround(
  options: { readonly replicas?: number; readonly nodes?: number; readonly flags?: Flags; readonly main?: string } = {},
): () => Ground {
  let ground: (Ground & { readonly end: () => Promise<void> }) | undefined
  before(async function () {
    this.timeout(300_000)
    ground = await prepare(options.replicas ?? 1, options.nodes ?? 6, options.flags, options.main)
  })
  after(async function () {
    this.timeout(60_000)
    await ground?.end()
  })
  return () => {
    if (ground === undefined) throw new Error('the ground is there from `before` on')
    return ground
  }
}

/** A leader that is not to be lost, however busy the machine is: the durations that the operator has by itself. */
export const PATIENT: Flags = { 'lease-duration': 15, 'renew-deadline': 10, 'retry-period': 2 }

/** @param flags of each replica, in the place of the ground's own */
export async function prepare(
  count: number,
  nodes: number,
  flags: Flags = {},
  main = OPERATOR_MAIN,
): Promise<Ground & { readonly end: () => Promise<void> }> {
  const cluster = await startCluster({ ...everything, auditLog: true })
  const replicas: (Replica & { readonly audit: string })[] = []
  const end = async () => {
    await Promise.all(replicas.filter(replica => replica.running()).map(async replica => await replica.kill('SIGTERM')))
    await cluster.stop()
  }
  try {
    const [port = 0] = await freePorts(1)
    await install(cluster)
    await createNodes(cluster, { count: nodes, prefix: 'robot', labels: () => ({ fleet: 'robots' }) })
    const operator = await cluster.clientForServiceAccount({ namespace: SYSTEM, name: 'autonomy-rollouts' })
    const kubectl: Ground['kubectl'] = async (args, object) =>
      await runKubectl(cluster, args, object === undefined ? {} : { input: JSON.stringify(object) })
    const succeed: Ground['succeed'] = async (args, object) => {
      const { code, stdout, stderr } = await kubectl(args, object)
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
      return stdout
    }
    const startReplica = async (flags: Flags = {}) => {
      const name = `replica-${replicas.length + 1}`
      const replica = startOperator(
        name,
        cluster,
        { kubeconfig: operator.kubeconfig, 'rest-address': `127.0.0.1:${port}`, ...flags },
        main,
      )
      replicas.push(replica)
      return replica
    }
    const ca = async () => {
      const bundle = await succeed([
        'get',
        'secret',
        '-n',
        SYSTEM,
        'autonomy-rollouts-serving',
        '-o',
        'jsonpath={.data.ca\\.crt}',
      ])
      return Buffer.from(bundle, 'base64').toString('utf8')
    }
    const self: Ground = {
      cluster,
      port,
      kubectl,
      succeed,
      aggregated: async (user, groups = []) => await aggregated(cluster, user, groups),
      direct: async (account, audience = 'orchestrator.autonomyops.dev') =>
        await direct(cluster, port, await ca(), account, audience),
      replicas: () => replicas,
      startReplica,
      audit: () => replicas.flatMap(({ audit }) => linesOf(audit)),
      ca,
    }
    for (let number = 0; number < count; number += 1) await startReplica(flags)
    const backend = { namespace: SYSTEM, service: 'autonomy-rollouts', port }
    await until(async () => await answers(port), { what: 'the listener is open', withinMs: 60_000, everyMs: 100 })
    await registerAggregatedApi(cluster, backend, { withinMs: 60_000 })
    return { ...self, end }
  } catch (error) {
    const logs = replicas.map(replica => `${replica.name}:\n${replica.log()}`).join('\n')
    await end()
    throw new Error(`the ground could not be prepared: ${String(error)}\n${logs}`, { cause: error })
  }
}

export async function install(cluster: Cluster): Promise<void> {
  const { helm } = await resolveTools(['helm'])
  const args = [
    'upgrade',
    '--install',
    'autonomy-rollouts',
    CHART,
    '--create-namespace',
    ...OPERATOR_ELSEWHERE,
    '--kubeconfig',
    cluster.adminKubeconfig,
  ]
  const { code, stderr } = await run(helm, args, { home: cluster.folder, env: { HELM_NAMESPACE: SYSTEM } })
  if (code !== 0) throw new Error(`helm: ${stderr}`)
  const quiet = async (args: readonly string[], input?: string) =>
    await runKubectl(cluster, args, input === undefined ? {} : { input })
  await established(cluster)
  await quiet(['create', 'namespace', FLEET])
  // Policies take effect some seconds after they are installed; until then the API server refuses plans.
  const example = JSON.stringify({
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: 'admitted', namespace: FLEET },
    spec: { artifactRef: 'x', stages: [{ id: 's1', nodes: {} }] },
  })
  const admitted = async () => (await quiet(['create', '--dry-run=server', '-f', '-'], example)).code === 0
  await until(admitted, { what: 'the policies of the chart are in force', withinMs: 30_000, everyMs: 250 })
}

/** An operator process, beside the cluster. `more` takes the place of the flags that it has here by itself. */
export function startOperator(
  name: string,
  cluster: Cluster,
  more: Flags,
  main = OPERATOR_MAIN,
  env: NodeJS.ProcessEnv = process.env,
): Replica & { readonly audit: string } {
  const [audit, log] = ['audit', 'log'].map(kind => join(cluster.folder, `${name}.${kind}`)) as [string, string]
  const [out, err] = [openSync(audit, 'a'), openSync(log, 'a')]
  const flags: Flags = {
    namespace: SYSTEM,
    identity: name,
    'lease-duration': 4,
    'renew-deadline': 3,
    'retry-period': 0.5,
    'health-address': '127.0.0.1:0',
    'plan-namespace': FLEET,
    'log-level': 'debug',
    ...more,
  }
  const args = Object.entries(flags).map(([flag, value]) => (value === true ? `--${flag}` : `--${flag}=${value}`))
  const child = spawn(process.execPath, [main, ...args, '--rest-reuse-port'], { stdio: ['ignore', out, err], env })
  const ended = once(child, 'exit')
  return {
    name,
    audit,
    pid: child.pid ?? 0,
    running: () => child.exitCode === null && child.signalCode === null,
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal)
      await ended
    },
    log: (lines = 40) => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
  }
}

async function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
  const open = await promise
  socket.destroy()
  return open
}

function linesOf(file: string): AuditLine[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map(line => JSON.parse(line) as AuditLine)
}

export async function tokenOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim()
}
