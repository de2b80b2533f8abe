import { readFile } from 'node:fs/promises'
import { load } from 'js-yaml'

type Kubeconfig = {
  readonly clusters: readonly { readonly cluster: { readonly 'certificate-authority-data': string } }[]
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string }
  }[]
}

/** The credentials in a kubeconfig with one user. */
export async function loadYaml(
  path: string,
): Promise<{ readonly cert: string; readonly key: string; readonly ca: string }> {
  const { clusters, users } = load(await readFile(path, 'utf8')) as Kubeconfig
  const text = (base64 = '') => Buffer.from(base64, 'base64').toString('utf8')
  const user = users[0]?.user
  return {
    cert: text(user?.['client-certificate-data']),
    key: text(user?.['client-key-data']),
    ca: text(clusters[0]?.cluster['certificate-authority-data']),
  }
}
