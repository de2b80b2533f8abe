import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubeconfig } from '../../cluster/kubeconfig.ts'
import { FLEET, type Ground } from '../../rest/ground.ts'

/** Kubeconfigs of people, and what they may do. */
export type People = {
  /** May do everything with rollouts, and nothing else. */
  readonly alice: string
  /** May look. */
  readonly victor: string
  /** May do nothing. */
  readonly bob: string
  /** alice, on the operator's own listener. */
  readonly direct: string
}

export async function bindPeople(ground: Ground): Promise<People> {
  const { cluster, succeed } = ground
  const bind = async (name: string, role: string) =>
    await succeed(['create', 'clusterrolebinding', name, `--clusterrole=${role}`, `--user=${name}`])
  await bind('alice', 'autonomy-rollouts-admin')
  await bind('victor', 'autonomy-rollouts-viewer')
  await succeed(['create', 'serviceaccount', 'alice', '-n', FLEET])
  const account = [`--serviceaccount=${FLEET}:alice`]
  await succeed(['create', 'clusterrolebinding', 'alice-direct', '--clusterrole=autonomy-rollouts-admin', ...account])
  return {
    alice: await cluster.clientFor({ user: 'alice' }),
    victor: await cluster.clientFor({ user: 'victor' }),
    bob: await cluster.clientFor({ user: 'bob' }),
    direct: await directKubeconfig(ground),
  }
}

/** As a person makes one who works without the API server: the listener's address, its CA, and a token for it. */
export async function directKubeconfig(ground: Ground): Promise<string> {
  const { cluster, port } = ground
  const audiences = ['orchestrator.autonomyops.dev']
  const { tokenFile } = await cluster.clientForServiceAccount({ namespace: FLEET, name: 'alice', audiences })
  const path = join(cluster.folder, `direct-${randomUUID()}.kubeconfig`)
  const text = kubeconfig({
    server: `https://127.0.0.1:${port}`,
    caPem: await ground.ca(),
    user: 'alice',
    credentials: { kind: 'token-file', path: tokenFile },
  })
  await writeFile(path, text, { mode: 0o600 })
  return path
}
