import { createHash } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../runtime/clock.ts'
import { ConfigError, endpoint, readKubeConfig, usesPlugin } from './kubeconfig.ts'
import type { ConfigSource } from './kubeconfig.ts'

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

export type ConfigOptions = ConfigSource & { readonly clock: Clock }

const filesMaxAgeMs = 30_000
const pluginMaxAgeMs = 5_000
const refusalIntervalMs = 1_000
/** An exec plugin that hangs must not take every later request with it. */
const loadLimitMs = 30_000

/** @throws ConfigError */
export function loadClusterConfig(options: ConfigOptions): ClusterConfig {
  const { clock } = options
  let config = readKubeConfig(options)
  const { server, namespace } = endpoint(config)
  let current: { readonly credentials: Credentials; readonly until: number } | undefined
  let loading: Promise<Credentials> | undefined
  let reread = false
  let refusedAt = Number.NEGATIVE_INFINITY

  /** A file that cannot be read just now (it is being replaced) leaves the last good configuration in force. */
  const refreshConfig = (): void => {
    try {
      config = readKubeConfig(options)
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
