import { spawn } from 'node:child_process'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { API_VERSION } from '../../operator/api/names.ts'
import { established } from '../cluster/established.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/wait.ts'

export type Output = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** What tests read of an answer, be it an object, a list or a refusal. What is absent fails at the assertion. */
export type Body = {
  readonly message: string
  readonly reason: string
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly labels?: unknown }
  readonly spec: unknown
  readonly status: { readonly phase: string; readonly conditions: readonly Condition[] }
  readonly items: readonly Body[]
}

export type Condition = { readonly type: string; readonly status: string; readonly reason: string }

export type Answer = { readonly status: number; readonly body: Body }

/** An API server that has the CRDs, and the namespace `fleet`. */
export type Api = {
  readonly cluster: Cluster
  /** What applying `crds/` printed. */
  readonly installation: Output
  /** As the administrator, in namespace `fleet` unless the arguments say otherwise. */
  kubectl(args: readonly string[], input?: string): Promise<Output>
  /** Creates it for real unless the query says `dryRun=All`. Unknown fields are refused. */
  create(object: Wire, query?: string): Promise<Answer>
  get(object: Wire): Promise<Body>
  list(kind: Wire['kind']): Promise<Body>
  /** A merge patch of the object's main resource or of its status. */
  patch(object: Wire, patch: unknown, subresource?: 'status'): Promise<Answer>
  /** Replaces the object or its status. */
  put(object: Wire, whole: unknown, subresource?: 'status'): Promise<Answer>
}

/** A plan or a recovery, as a person writes it. */
export type Wire = {
  readonly apiVersion: typeof API_VERSION
  readonly kind: 'RolloutPlan' | 'RolloutRecovery'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: unknown
}

export const NAMESPACE = 'fleet'
const ROOT = `/apis/${API_VERSION}`
const CRDS = `${import.meta.dirname}/../../crds`
const PLURAL = { RolloutPlan: 'rolloutplans', RolloutRecovery: 'rolloutrecoveries' } as const

export function collectionOf(kind: Wire['kind'], namespace = NAMESPACE): string {
  return `${ROOT}/namespaces/${namespace}/${PLURAL[kind]}`
}

/** Starts one API server for the suite that calls it, before its tests, and ends it after them. */
export function withApi(): () => Api {
  let cluster: Cluster | undefined
  let api: Api | undefined
  before(async function () {
    this.timeout(120_000)
    cluster = await startCluster()
    api = await install(cluster)
  })
  after(async function () {
    this.timeout(30_000)
    await cluster?.stop()
  })
  return () => {
    if (api === undefined) throw new Error('the API server is there from `before` on')
    return api
  }
}

/** Runs kubectl with its cache in the cluster's folder. Resolves whatever its exit code is. */
export async function runKubectl(
  cluster: Pick<Cluster, 'kubectl' | 'adminKubeconfig' | 'folder'>,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  const { input = '', kubeconfig = cluster.adminKubeconfig } = options
  return await run(cluster.kubectl, ['--kubeconfig', kubeconfig, ...args], { input, home: cluster.folder })
}

export type ProgramOptions = {
  readonly input?: string
  readonly home: string
  readonly env?: NodeJS.ProcessEnv
  readonly withinMs?: number
}

export type RunOptions = { readonly input?: string; readonly kubeconfig?: string }

/** Runs a program to its end, within 60 s by default. Its home folder is not that of the person who runs the tests. */
export async function run(
  command: string,
  args: readonly string[],
  { input = '', home, env = {}, withinMs = 60_000 }: ProgramOptions,
): Promise<Output> {
  const limit = AbortSignal.timeout(withinMs)
  const child = spawn(command, args, { env: { PATH: process.env['PATH'], HOME: home, ...env }, signal: limit })
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const ended = Promise.withResolvers<number | null>()
  child.once('error', ended.reject)
  child.once('close', ended.resolve)
  // A program that ends without reading its input is no failure.
  child.stdin.once('error', () => undefined)
  child.stdin.end(input)
  const code = await ended.promise
  return { code, stdout: stdout(), stderr: stderr() }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

async function install(cluster: Cluster): Promise<Api> {
  const installation = await runKubectl(cluster, ['apply', '--server-side', '-f', CRDS])
  await established(cluster)
  for (const kind of ['RolloutPlan', 'RolloutRecovery'] as const)
    await until(async () => (await cluster.request('GET', collectionOf(kind))).status === 200, {
      what: `${kind} is served`,
      withinMs: 20_000,
    })
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }
  expect(await cluster.request('POST', '/api/v1/namespaces', namespace)).to.include({ status: 201 })

  const pathOf = ({ kind, metadata }: Wire, subresource?: string) =>
    `${collectionOf(kind, metadata.namespace)}/${metadata.name}${subresource === undefined ? '' : `/${subresource}`}`
  const request = async (...args: Parameters<Cluster['request']>) => (await cluster.request(...args)) as Answer
  return {
    cluster,
    installation,
    list: async kind => (await request('GET', collectionOf(kind))).body,
    kubectl: async (args, input) => await runKubectl(cluster, ['--namespace', NAMESPACE, ...args], only(input)),
    create: async (object, query = '') =>
      await request(
        'POST',
        `${collectionOf(object.kind, object.metadata.namespace)}?fieldValidation=Strict&${query}`,
        object,
      ),
    get: async object => (await request('GET', pathOf(object))).body,
    patch: async (object, patch, subresource) =>
      await request('PATCH', pathOf(object, subresource), patch, {
        contentType: 'application/merge-patch+json',
      }),
    put: async (object, whole, subresource) => await request('PUT', pathOf(object, subresource), whole),
  }
}

function only(input: string | undefined): RunOptions {
  return input === undefined ? {} : { input }
}
