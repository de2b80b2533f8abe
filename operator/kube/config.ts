import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { load } from 'js-yaml'
import type { Clock } from '../runtime/clock.ts'

/** What a TLS connection to the API server is made with. PEM. */
export type TlsMaterial = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

export type Credentials = {
  /** `authorization` and impersonation headers; lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsMaterial
  /** Equal for equal TLS material: connections made with another one must not be used for these credentials. */
  readonly tlsKey: string
}

/** Where the API server is and who we are to it. */
export type ClusterConfig = {
  readonly server: URL
  /** The namespace of the context, or of the pod we run in. */
  readonly namespace?: string
  /**
   * The credentials to use now. Files (token, CA, client certificate, the kubeconfig itself) are read again after
   * 30 s, exec plugins when what they gave expires. Calls at the same time share one load.
   *
   * @throws ConfigError `credentials` when there are none, not even earlier ones
   */
  credentials(): Promise<Credentials>
  /** The server answered 401 to these: the next call reads everything anew, at most once a second. */
  refuse(credentials: Credentials): void
}

export type ConfigErrorCode = 'not_configured' | 'unreadable' | 'unknown_context' | 'proxy_unsupported' | 'credentials'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code: ConfigErrorCode

  constructor(code: ConfigErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export type ConfigOptions = {
  readonly clock: Clock
  /** Path of a kubeconfig. Default: `KUBECONFIG`, else the pod's service account, else `~/.kube/config`. */
  readonly kubeconfig?: string
  readonly context?: string
}

const filesMaxAgeMs = 30_000
const pluginMaxAgeMs = 5_000
const refusalIntervalMs = 1_000
/** An exec plugin that hangs must not take every later request with it. */
const loadLimitMs = 30_000

/** @throws ConfigError */
export function loadClusterConfig(options: ConfigOptions): ClusterConfig {
  const { clock } = options
  let config = read(options)
  const { server, namespace } = endpoint(config)
  let current: { readonly credentials: Credentials; readonly until: number } | undefined
  let loading: Promise<Credentials> | undefined
  let reread = false
  let refusedAt = Number.NEGATIVE_INFINITY

  /** A file that cannot be read just now (it is being replaced) leaves the last good configuration in force. */
  const refreshConfig = (): void => {
    try {
      config = read(options)
    } catch (error) {
      if (current === undefined) throw error
    }
  }

  const obtain = async (): Promise<Credentials> => {
    const plugin = usesPlugin(config)
    if (reread || (current !== undefined && !plugin)) refreshConfig()
    reread = false
    const credentials = await within(clock, loadLimitMs, credentialsOf(config, server))
    current = { credentials, until: clock.monotonic() + (plugin ? pluginMaxAgeMs : filesMaxAgeMs) }
    return credentials
  }

  return {
    server,
    ...(namespace === undefined ? {} : { namespace }),
    credentials: () => {
      if (current !== undefined && !reread && clock.monotonic() < current.until)
        return Promise.resolve(current.credentials)
      loading ??= obtain().finally(() => (loading = undefined))
      return loading
    },
    refuse: credentials => {
      const now = clock.monotonic()
      if (current?.credentials !== credentials || now - refusedAt < refusalIntervalMs) return
      refusedAt = now
      reread = true
    },
  }
}

function read(options: ConfigOptions): KubeConfig {
  const config = new KubeConfig()
  try {
    if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig)
    else if (!process.env.KUBECONFIG && inPod()) config.loadFromCluster()
    else config.loadFromDefault()
  } catch (cause) {
    throw new ConfigError('unreadable', `the kubeconfig ${options.kubeconfig ?? ''} cannot be read`, cause)
  }
  if (options.context !== undefined) config.setCurrentContext(options.context)
  return withUser(withTokenFile(config, options))
}

/** client-node drops a user's `tokenFile`; the token is read here, as often as the configuration is. */
function withTokenFile(config: KubeConfig, options: ConfigOptions): KubeConfig {
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()]
  if (cluster === null || user === null || user.token) return config
  const file = kubeconfigFiles(options)
    .map(path => tokenFileIn(path, user.name))
    .find(path => path !== undefined)
  if (file === undefined) return config
  try {
    const token = readFileSync(file, 'utf8').trim()
    const replaced = new KubeConfig()
    replaced.loadFromClusterAndUser(cluster, { ...user, token })
    const namespace = config.getContextObject(config.getCurrentContext())?.namespace
    const [context] = replaced.contexts
    if (context && namespace !== undefined) replaced.contexts = [{ ...context, namespace }]
    return replaced
  } catch (cause) {
    throw new ConfigError('unreadable', `the token file ${file} of user "${user.name}" cannot be read`, cause)
  }
}

function kubeconfigFiles(options: ConfigOptions): readonly string[] {
  if (options.kubeconfig !== undefined) return [options.kubeconfig]
  const { KUBECONFIG } = process.env
  if (KUBECONFIG) return KUBECONFIG.split(delimiter).filter(path => path !== '')
  const usual = join(homedir(), '.kube', 'config')
  return !inPod() && existsSync(usual) ? [usual] : []
}

type UserEntry = { readonly name?: unknown; readonly user?: { readonly tokenFile?: unknown } }

/** A relative path counts from the kubeconfig's folder, as for kubectl. */
function tokenFileIn(path: string, user: string): string | undefined {
  const parsed = load(readFileSync(path, 'utf8')) as { readonly users?: readonly UserEntry[] } | undefined
  const file = parsed?.users?.find(entry => entry.name === user)?.user?.tokenFile
  return typeof file === 'string' ? resolve(dirname(path), file) : undefined
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

function inPod(): boolean {
  return Boolean(process.env.KUBERNETES_SERVICE_HOST) && existsSync(serviceAccountToken)
}

/** client-node leaves out the cluster's CA for a context without a user. */
function withUser(config: KubeConfig): KubeConfig {
  const cluster = config.getCurrentCluster()
  if (cluster === null || config.getCurrentUser() !== null) return config
  const anonymous = new KubeConfig()
  anonymous.loadFromClusterAndUser(cluster, { name: 'anonymous' })
  return anonymous
}

function endpoint(config: KubeConfig): { readonly server: URL; readonly namespace?: string } {
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    const wanted = config.getCurrentContext()
    const known = config.getContexts().map(context => context.name)
    throw new ConfigError(
      'unknown_context',
      `no context "${wanted}" in the kubeconfig; it has: ${known.join(', ') || 'none'}`,
    )
  }
  if (cluster.name === 'cluster' && cluster.server === 'http://localhost:8080') {
    throw new ConfigError('not_configured', 'no kubeconfig was found, and this is not a pod with a service account')
  }
  if (cluster.proxyUrl) {
    throw new ConfigError('proxy_unsupported', `cluster "${cluster.name}" has a proxy-url, which is not supported`)
  }
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim()
  return { server: new URL(cluster.server), ...(namespace ? { namespace } : {}) }
}

function usesPlugin(config: KubeConfig): boolean {
  const user = config.getCurrentUser()
  const provider: unknown = user?.authProvider
  return (
    Boolean(user?.exec) ||
    (typeof provider === 'object' && provider !== null && !('name' in provider && provider.name === 'tokenFile'))
  )
}

/** Plain HTTP, as of `kubectl proxy` on loopback, gets no credentials: they would travel in the clear. */
async function credentialsOf(config: KubeConfig, server: URL): Promise<Credentials> {
  if (server.protocol === 'http:') return { headers: {}, tls: {}, tlsKey: '' }
  const options: RequestOptions = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (cause) {
    throw new ConfigError('credentials', 'no credentials could be obtained for the API server', cause)
  }
  const tls = tlsOf(options)
  return { headers: headersOf(options), tls, tlsKey: createHash('sha256').update(JSON.stringify(tls)).digest('hex') }
}

function tlsOf(options: RequestOptions): TlsMaterial {
  const pem = (value: unknown) => (value === undefined || value === null ? undefined : String(value))
  const [ca, cert, key] = [pem(options.ca), pem(options.cert), pem(options.key)]
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
  }
}

function headersOf(options: RequestOptions): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...options.headers }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value).trim()]))
}

async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const cancel = clock.timer(ms, () => reject(new ConfigError('credentials', `no credentials after ${ms} ms`)))
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
  }
}
