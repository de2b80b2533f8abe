import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { load } from 'js-yaml'

export type ConfigErrorCode = 'not_configured' | 'unreadable' | 'unknown_context' | 'proxy_unsupported' | 'credentials'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code: ConfigErrorCode

  constructor(code: ConfigErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** Where the configuration is found. */
export type ConfigSource = {
  /** Path of a kubeconfig. Default: `KUBECONFIG`, else the pod's service account, else `~/.kube/config`. */
  readonly kubeconfig?: string
  readonly context?: string
  /** Put before the path where a pod finds its service account; default empty, the root. */
  readonly podRoot?: string
}

/**
 * Reads the configuration as it is now; the context it is to be used with is its current one.
 *
 * @throws ConfigError
 */
export function readKubeConfig(options: ConfigSource): KubeConfig {
  const config = readContexts(options)
  if (options.context !== undefined) config.setCurrentContext(options.context)
  return withUser(withTokenFile(config, options))
}

/**
 * Everything that the configuration names, as it is now: all contexts, and users as client-node knows them.
 *
 * @throws ConfigError
 */
export function readContexts(options: ConfigSource): KubeConfig {
  const { podRoot = '' } = options
  try {
    const files = kubeconfigFiles(options)
    if (files.length > 1) return merged(files)
    const config = new KubeConfig()
    if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig)
    else if (!process.env.KUBECONFIG && inPod(podRoot)) config.loadFromCluster(podRoot)
    else config.loadFromDefault()
    return config
  } catch (cause) {
    const where = options.kubeconfig ?? process.env.KUBECONFIG ?? '~/.kube/config'
    throw new ConfigError('unreadable', `the kubeconfig ${where} cannot be read`, cause)
  }
}

/**
 * Several files of KUBECONFIG, as kubectl reads them: files that do not exist are left out, and of two entries of one
 * name, and of two current contexts, the first counts. client-node refuses the former and takes the last of the latter.
 */
function merged(files: readonly string[]): KubeConfig {
  const present = files.filter(file => existsSync(file))
  const configs = (present.length === 0 ? files.slice(0, 1) : present).map(file => {
    const config = new KubeConfig()
    config.loadFromFile(file)
    return config
  })
  const firstOf = <T extends { readonly name: string }>(entries: readonly T[]): T[] => [
    ...new Map(entries.toReversed().map(entry => [entry.name, entry])).values(),
  ]
  const all = new KubeConfig()
  all.loadFromOptions({
    clusters: firstOf(configs.flatMap(({ clusters }) => clusters)),
    users: firstOf(configs.flatMap(({ users }) => users)),
    contexts: firstOf(configs.flatMap(({ contexts }) => contexts)),
    currentContext: configs.map(({ currentContext }) => currentContext).find(Boolean),
  })
  return all
}

/** client-node drops a user's `tokenFile`; the token is read here, as often as the configuration is. */
function withTokenFile(config: KubeConfig, options: ConfigSource): KubeConfig {
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()]
  if (cluster === null || user === null || user.token) return config
  const file = kubeconfigFiles(options)
    .filter(path => existsSync(path))
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

function kubeconfigFiles(options: ConfigSource): readonly string[] {
  if (options.kubeconfig !== undefined) return [options.kubeconfig]
  const { KUBECONFIG } = process.env
  if (KUBECONFIG) return KUBECONFIG.split(delimiter).filter(path => path !== '')
  const usual = join(homedir(), '.kube', 'config')
  return !inPod(options.podRoot ?? '') && existsSync(usual) ? [usual] : []
}

type UserEntry = { readonly name?: unknown; readonly user?: { readonly tokenFile?: unknown } }

/** A relative path counts from the kubeconfig's folder, as for kubectl. */
function tokenFileIn(path: string, user: string): string | undefined {
  const parsed = load(readFileSync(path, 'utf8')) as { readonly users?: readonly UserEntry[] } | undefined
  const file = parsed?.users?.find(entry => entry.name === user)?.user?.tokenFile
  return typeof file === 'string' ? resolve(dirname(path), file) : undefined
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

function inPod(podRoot: string): boolean {
  return Boolean(process.env.KUBERNETES_SERVICE_HOST) && existsSync(podRoot + serviceAccountToken)
}

/** client-node leaves out the cluster's CA for a context without a user. */
function withUser(config: KubeConfig): KubeConfig {
  const cluster = config.getCurrentCluster()
  if (cluster === null || config.getCurrentUser() !== null) return config
  const anonymous = new KubeConfig()
  anonymous.loadFromClusterAndUser(cluster, { name: 'anonymous' })
  return anonymous
}

/** @throws ConfigError when the context names no API server that can be reached */
export function endpoint(config: KubeConfig): { readonly server: URL; readonly namespace?: string } {
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

/** Credentials come from a program, which knows itself how long they last. */
export function usesPlugin(config: KubeConfig): boolean {
  const user = config.getCurrentUser()
  const provider: unknown = user?.authProvider
  return (
    Boolean(user?.exec) ||
    (typeof provider === 'object' && provider !== null && !('name' in provider && provider.name === 'tokenFile'))
  )
}
