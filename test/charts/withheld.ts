import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { auditFolder, auditName } from '../cluster/audit.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type Right, accountObjects, apply, untilAllowed } from './account.ts'

type Place = Pick<Cluster, 'kubectl' | 'adminKubeconfig' | 'folder' | 'request'>

/** Something that the operator will be denied, or may be. */
export type Denial = Right & { readonly perhaps?: boolean }

/** Ends the name of the file in which a cluster's provoked denials stand, one a line. */
export const DENIALS = '.denials'

/**
 * Says that on this cluster the operator will be denied something that the chart grants, because the test wants it so.
 * Every denial that no test has announced fails the proof of privileges, and so does an announced one that did not come.
 */
export async function willBeDenied(cluster: Pick<Cluster, 'folder'>, ...rights: readonly Right[]): Promise<void> {
  await announce(cluster, rights)
}

/** The same of what may be denied and may not, because the API server decides in which order things go. */
export async function mayBeDenied(cluster: Pick<Cluster, 'folder'>, ...rights: readonly Right[]): Promise<void> {
  await announce(
    cluster,
    rights.map(right => ({ ...right, perhaps: true })),
  )
}

async function announce({ folder }: Pick<Cluster, 'folder'>, denials: readonly Denial[]): Promise<void> {
  const kept = auditFolder()
  if (kept === undefined) return
  const lines = denials.map(denial => `${JSON.stringify(denial)}\n`).join('')
  await appendFile(join(kept, `${auditName(folder)}${DENIALS}`), lines)
}

/** Takes one right of the chart's away from the operator; resolves when it is gone. `giveAccount` gives it back. */
export async function withhold(cluster: Place, podNamespaces: readonly string[], right: Right): Promise<void> {
  const { verb, resource } = right
  const [plural = ''] = resource.split('.')
  const objects = await accountObjects(cluster, podNamespaces)
  const narrower = objects
    .filter(({ kind }) => kind === 'ClusterRole')
    .map(role => ({
      ...role,
      rules: role.rules?.map(rule =>
        rule.resources.includes(plural) ? { ...rule, verbs: rule.verbs.filter(other => other !== verb) } : rule,
      ),
    }))
  await apply(cluster, narrower)
  await untilAllowed(cluster, right, { wanted: false })
}
