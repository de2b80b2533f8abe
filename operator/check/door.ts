import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ClusterConfig } from '../kube/config.ts'
import { ConfigError } from '../kube/kubeconfig.ts'
import type { Transport } from '../kube/transport.ts'
import { ORCHESTRATOR_GROUP } from '../api/names.ts'

/** A way to the REST surface. */
export type Door = {
  readonly kind: 'aggregated' | 'direct'
  readonly transport: Transport
  /** Before `/namespaces/…`. */
  readonly prefix: string
  /** What messages call it. */
  readonly name: string
}

export const AGGREGATED_PREFIX = `/apis/${ORCHESTRATOR_GROUP}/v1`

/** The port of the Service, whatever that of the pods is. */
const PORT = 8443

/** Where a Service is reached from a pod. */
export function serviceUrl(service: string, namespace: string): URL {
  return new URL(`https://${service}.${namespace}.svc:${PORT}`)
}

/**
 * A Service as the transport takes it: asked with the token of a file, which the kubelet replaces from time to time.
 *
 * @param servername  that the certificate must be valid for, when it is not the server's own
 */
export function serviceConfig(
  server: URL,
  files: { readonly tokenFile: string; readonly caFile: string | undefined },
  servername?: string,
): ClusterConfig {
  const read = async (path: string) => {
    try {
      return (await readFile(path, 'utf8')).trim()
    } catch (cause) {
      throw new ConfigError('credentials', `${path} cannot be read`, cause)
    }
  }
  return {
    server,
    credentials: async () => {
      const ca = files.caFile === undefined ? {} : { ca: await read(files.caFile) }
      const tls = { ...ca, ...(servername === undefined ? {} : { servername }) }
      const headers = { authorization: `Bearer ${await read(files.tokenFile)}` }
      return { headers, tls, tlsKey: createHash('sha256').update(JSON.stringify(tls)).digest('hex') }
    },
    // Files are read for every request anyway.
    refuse: () => {},
  }
}
