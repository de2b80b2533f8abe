import { execFile } from 'node:child_process'
import type { Cluster } from '../../cluster/cluster.ts'

/** A command of kubectl that failed, with what it wrote on standard error. */
export class KubectlError extends Error {
  override readonly name = 'KubectlError'
  readonly stderr: string

  constructor(args: readonly string[], stderr: string, cause: unknown) {
    super(`kubectl ${args.join(' ')}: ${stderr.trim()}`, { cause })
    this.stderr = stderr
  }
}

const withinMs = 30_000

/** Runs kubectl as an administrator and answers its standard output; rejects with `KubectlError`. */
export function kubectl(
  cluster: Pick<Cluster, 'kubectl' | 'adminKubeconfig'>,
  args: readonly string[],
  input = '',
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const all = ['--kubeconfig', cluster.adminKubeconfig, ...args]
  const child = execFile(cluster.kubectl, all, { timeout: withinMs }, (error, stdout, stderr) =>
    error ? reject(new KubectlError(args, stderr, error)) : resolve(stdout),
  )
  child.stdin?.end(input)
  return promise
}

/** `kubectl apply -f -` of some objects. */
export function apply(
  cluster: Pick<Cluster, 'kubectl' | 'adminKubeconfig'>,
  ...objects: readonly object[]
): Promise<string> {
  return kubectl(cluster, ['apply', '-f', '-'], objects.map(object => JSON.stringify(object)).join('\n---\n'))
}
