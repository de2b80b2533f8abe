import { dump } from 'js-yaml'

export type Credentials =
  | { readonly kind: 'certificate'; readonly certificatePem: string; readonly keyPem: string }
  /** The file is read again and again by clients, so that a renewed token is used. */
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'none' }

export interface KubeconfigOptions {
  readonly server: string
  readonly caPem: string
  readonly user: string
  readonly credentials: Credentials
}

/** Of the cluster and the context, in every kubeconfig written here. */
export const CLUSTER_NAME = 'autonomy-test'

/** A kubeconfig of one context that holds its certificates itself, so that the file can be moved. */
export function kubeconfig(options: KubeconfigOptions): string {
  const cluster = CLUSTER_NAME
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: cluster, cluster: { server: options.server, 'certificate-authority-data': base64(options.caPem) } },
    ],
    users: [{ name: options.user, user: user(options.credentials) }],
    contexts: [{ name: cluster, context: { cluster, user: options.user } }],
    'current-context': cluster,
  })
}

function user(credentials: Credentials): Readonly<Record<string, string>> {
  switch (credentials.kind) {
    case 'certificate':
      return {
        'client-certificate-data': base64(credentials.certificatePem),
        'client-key-data': base64(credentials.keyPem),
      }
    case 'token-file':
      return { tokenFile: credentials.path }
    case 'none':
      return {}
  }
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')
