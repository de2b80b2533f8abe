import { spawn } from 'node:child_process'
import type { Cluster } from '@kubernetes/client-node'
import { ConfigError } from '../../operator/kube/kubeconfig.ts'
import { isRecord } from '../../operator/kube/refusal.ts'

/** `users[].user.exec` of a kubeconfig. */
export type ExecSpec = {
  readonly apiVersion?: string
  readonly command: string
  readonly args?: readonly string[] | null
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly installHint?: string
  readonly provideClusterInfo?: boolean
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always'
}

export type ExecCredential = {
  readonly token?: string
  /** PEM. */
  readonly certificate?: string
  readonly key?: string
  /** Epoch milliseconds. */
  readonly expires?: number
}

/** A person may have to log in, in a browser; a program that hangs is not waited for for ever. */
const LONGEST = 300_000
const MOST_OUTPUT = 1024 * 1024

/**
 * Runs a credential plugin as kubectl does: told of the cluster in KUBERNETES_EXEC_INFO, its standard error that of the
 * person, its standard input too unless it may not ask
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
 *
 * @throws ConfigError `credentials` with the install hint, or with how it ended
 */
export async function runPlugin(spec: ExecSpec, cluster: Cluster): Promise<ExecCredential> {
  const { command, args, env, installHint, interactiveMode = 'IfAvailable' } = spec
  const attended = process.stdin.isTTY === true && interactiveMode !== 'Never'
  if (interactiveMode === 'Always' && !attended)
    throw new ConfigError('credentials', `${command} asks the person for credentials, and there is no terminal`)
  const child = spawn(command, [...(args ?? [])], {
    env: {
      ...process.env,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(spec, cluster, attended)),
    },
    stdio: [attended ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    timeout: LONGEST,
  })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.length > MOST_OUTPUT) child.kill()
  })
  child.once('error', cause =>
    reject(
      new ConfigError(
        'credentials',
        `${command}, which gives the credentials, cannot be run${installHint ? `: ${installHint.trim()}` : ''}`,
        cause,
      ),
    ),
  )
  child.once('close', (code, killedBy) =>
    code === 0
      ? resolve(output)
      : reject(
          new ConfigError('credentials', `${command}, which gives the credentials, ended with ${killedBy ?? code}`),
        ),
  )
  return readCredential(command, await promise)
}

function execInfo(spec: ExecSpec, cluster: Cluster, interactive: boolean): object {
  const info = {
    server: cluster.server,
    ...(cluster.tlsServerName ? { 'tls-server-name': cluster.tlsServerName } : {}),
    ...(cluster.skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster.caData ? { 'certificate-authority-data': cluster.caData } : {}),
    ...(cluster.proxyUrl ? { 'proxy-url': cluster.proxyUrl } : {}),
  }
  return {
    kind: 'ExecCredential',
    apiVersion: spec.apiVersion ?? 'client.authentication.k8s.io/v1',
    spec: { interactive, ...(spec.provideClusterInfo === true ? { cluster: info } : {}) },
  }
}

function readCredential(command: string, output: string): ExecCredential {
  const status = statusOf(output)
  if (status === undefined) throw new ConfigError('credentials', `${command} printed no ExecCredential with a status`)
  const text = (name: string) => (typeof status[name] === 'string' && status[name] !== '' ? status[name] : undefined)
  const [token, certificate, key] = ['token', 'clientCertificateData', 'clientKeyData'].map(text)
  const expires = Date.parse(text('expirationTimestamp') ?? '')
  return {
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(Number.isNaN(expires) ? {} : { expires }),
  }
}

function statusOf(output: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(output)
    return isRecord(value) && isRecord(value['status']) ? value['status'] : undefined
  } catch {
    return undefined
  }
}
