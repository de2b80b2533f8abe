import type { RequestOptions } from 'node:https'
import { Agent } from 'node:https'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { ConfigError, readContexts, readKubeConfig } from '../../operator/kube/kubeconfig.ts'
import type { Clock } from '../../operator/runtime/clock.ts'
import { UsageError } from '../cli/invocation.ts'
import { didYouMean, nearest } from '../cli/nearest.ts'
import { OrchestratorError } from '../orchestrator/trouble.ts'
import { type Access, type Grant, nobody } from './access.ts'
import { type ExecSpec, runPlugin } from './exec.ts'
import type { Target } from './target.ts'

/** Files are read again after this time, as the operator reads its own. */
const FILES_LAST = 60_000
/** A token is replaced this long before it expires. */
const MARGIN = 10_000

type Source = Pick<Target, 'kubeconfig' | 'context'>

/**
 * The way to a cluster, from the kubeconfig as kubectl reads it: client certificates, tokens, token files, exec plugins,
 * proxies, `tls-server-name`.
 *
 * @param origin of the server that is wanted; undefined: that of the context. Credentials are never given to another
 *   server than theirs: the current context is taken if it is for that server, else the first one that is, else nobody's.
 * @throws OrchestratorError of kind credentials; UsageError for a context that is not there
 */
export function kubeconfigAccess(target: Target, origin: string | undefined, clock: Clock): Access {
  const source = sourceOf(target)
  try {
    const context = origin === undefined ? checkedContext(source) : contextFor(source, origin)
    if (context === undefined && origin !== undefined) return anonymous(origin)
    return accessOf({ ...source, ...(context === undefined ? {} : { context }) }, clock)
  } catch (error) {
    throw credentialsError(error)
  }
}

/** @throws ConfigError */
export function contextNames(target: Target): readonly string[] {
  return readContexts(sourceOf(target)).contexts.map(({ name }) => name)
}

function sourceOf({ kubeconfig, context }: Source) {
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) }
}

/** @throws UsageError with the nearest names */
function checkedContext(source: ReturnType<typeof sourceOf>): string | undefined {
  const { context } = source
  if (context === undefined) return undefined
  const known = readContexts(source).contexts.map(({ name }) => name)
  if (known.includes(context)) return context
  const near = didYouMean(nearest(context, known))
  throw new UsageError(
    `there is no context "${context}" in the kubeconfig; ${near || `it has ${known.join(', ') || 'none'}`}`,
  )
}

function contextFor(source: ReturnType<typeof sourceOf>, origin: string): string | undefined {
  let all: KubeConfig
  try {
    all = readContexts(source)
  } catch (error) {
    // Nobody asked for a kubeconfig: a URL stands for itself.
    if (source.kubeconfig === undefined && source.context === undefined) return undefined
    throw error
  }
  const serverOf = (name: string) => {
    const cluster = all.getContextObject(name)?.cluster
    const server = cluster === undefined ? undefined : all.getCluster(cluster)?.server
    return server === undefined ? undefined : URL.parse(server)?.origin
  }
  if (source.context !== undefined) {
    const context = checkedContext(source) ?? ''
    if (serverOf(context) === origin) return context
    throw new UsageError(
      `context "${context}" is for ${serverOf(context) ?? 'no server'}, and the orchestrator's URL leads to ${origin}; its credentials are not sent there`,
    )
  }
  const names = [all.getCurrentContext(), ...all.contexts.map(({ name }) => name)]
  return names.find(name => serverOf(name) === origin)
}

/** TLS with the system's authorities and no credentials. */
function anonymous(origin: string): Access {
  const grant = { agent: new Agent({ keepAlive: true, proxyEnv: process.env }), headers: {} }
  return {
    origin,
    base: '',
    namespace: undefined,
    obtain: () => Promise.resolve(grant),
    refuse: () => undefined,
    close: () => grant.agent.destroy(),
  }
}

function accessOf(source: ReturnType<typeof sourceOf>, clock: Clock): Access {
  const config = readKubeConfig(source)
  const server = new URL(serverOf(config))
  const base = server.pathname.replace(/\/+$/, '')
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim()
  if (server.protocol === 'http:') return { ...nobody(server.origin), base, namespace: namespace || undefined }
  let current: { readonly grant: Grant; readonly until: number } | undefined
  const agents = new Set<Grant['agent']>()
  const renew = async (): Promise<Grant> => {
    const { grant, until } = await grantOf(readKubeConfig(source), server, clock)
    agents.add(grant.agent)
    current = { grant, until }
    return grant
  }
  return {
    origin: server.origin,
    base,
    namespace: namespace || undefined,
    obtain: async () => {
      if (current !== undefined && clock.now() < current.until) return current.grant
      return await renew().catch((error: unknown) => {
        throw credentialsError(error)
      })
    },
    refuse: grant => {
      if (current?.grant === grant) current = undefined
    },
    close: () => agents.forEach(agent => agent.destroy()),
  }
}

/** @throws ConfigError */
function serverOf(config: KubeConfig): string {
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    const name = config.getCurrentContext()
    throw new ConfigError(
      name ? 'unknown_context' : 'not_configured',
      name ? `the kubeconfig has no cluster for context "${name}"` : 'the kubeconfig has no current context',
    )
  }
  // What client-node makes up when it finds no file at all.
  if (cluster.name === 'cluster' && cluster.server === 'http://localhost:8080')
    throw new ConfigError('not_configured', 'there is no kubeconfig')
  return cluster.server
}

async function grantOf(
  config: KubeConfig,
  server: URL,
  clock: Clock,
): Promise<{ readonly grant: Grant; readonly until: number }> {
  const { ready, until } = await withPlugin(config, clock)
  const options: RequestOptions = {}
  await ready.applyToHTTPSOptions(options)
  const basic = typeof options.auth === 'string' ? `Basic ${Buffer.from(options.auth).toString('base64')}` : undefined
  const given = Object.entries({ ...options.headers }).map(([name, value]) => [
    name.toLowerCase(),
    String(value).trim(),
  ])
  return {
    until,
    grant: {
      ...agentOf(ready, options, server),
      headers: { ...(basic === undefined ? {} : { authorization: basic }), ...Object.fromEntries(given) },
    },
  }
}

/** client-node proxies through SOCKS; everything else is Node's own agent, which knows HTTPS_PROXY and NO_PROXY too. */
function agentOf(
  config: KubeConfig,
  options: RequestOptions,
  server: URL,
): Pick<Grant, 'agent' | 'checkServerIdentity'> {
  const proxy = config.getCurrentCluster()?.proxyUrl
  const { ca, cert, key, servername, rejectUnauthorized } = options
  const name = servername ?? (isIP(hostOf(server)) ? '' : server.hostname)
  if (proxy?.startsWith('socks') === true && options.agent instanceof Object)
    // Of a server that is named by its address, socks-proxy-agent checks the name localhost.
    return {
      agent: options.agent,
      checkServerIdentity: (_, certificate) => checkServerIdentity(name || hostOf(server), certificate),
    }
  const agent = new Agent({
    keepAlive: true,
    proxyEnv: proxy === undefined ? process.env : { HTTPS_PROXY: proxy, NO_PROXY: '' },
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    servername: name,
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  })
  return { agent }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** An exec plugin is run here, not by client-node: it may have to talk to the person, and is told which cluster it is for. */
async function withPlugin(
  config: KubeConfig,
  clock: Clock,
): Promise<{ readonly ready: KubeConfig; readonly until: number }> {
  const user = config.getCurrentUser()
  const cluster = config.getCurrentCluster()
  const spec = user?.exec as ExecSpec | undefined
  if (!user || !cluster || !spec) return { ready: config, until: clock.now() + FILES_LAST }
  const { token, certificate, key, expires } = await runPlugin(spec, cluster)
  const { exec: _, ...rest } = user
  const base64 = (pem: string) => Buffer.from(pem).toString('base64')
  const ready = new KubeConfig()
  ready.loadFromClusterAndUser(cluster, {
    ...rest,
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined || key === undefined ? {} : { certData: base64(certificate), keyData: base64(key) }),
  })
  return { ready, until: expires === undefined ? Infinity : expires - MARGIN }
}

function credentialsError(error: unknown): unknown {
  if (error instanceof UsageError || error instanceof OrchestratorError) return error
  const code = error instanceof ConfigError ? error.code : 'credentials'
  const message = error instanceof Error ? error.message : String(error)
  return new OrchestratorError({ kind: 'credentials', request: '', code }, message, error)
}
