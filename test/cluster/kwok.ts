import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { expectSuccess } from './admin-client.ts'
import type { AdminClient } from './admin-client.ts'
import { answersOk, startComponent } from './component.ts'
import type { Ground } from './component.ts'
import { isClusterError } from './error.ts'
import { SIMULATED_LABEL } from './simulated-node.ts'
import type { Supervised } from './supervisor.ts'
import { until } from './wait.ts'

export interface KwokSpec {
  readonly command: string
  readonly port: number
  readonly kubeconfig: string
  /** Those that `createNodes` made, where others have kubelets of their own. */
  readonly nodes: 'all' | 'simulated'
}

const STAGES = join(import.meta.dirname, 'stages')
const STAGE_CRD = 'stage-crd.yaml'
const LEASE_SECONDS = 40

/** Starts KWOK, which plays the kubelet of nodes, as the installed stages say. */
export async function startKwok(ground: Ground, spec: KwokSpec): Promise<Supervised> {
  const args = [
    `--kubeconfig=${spec.kubeconfig}`,
    `--server-address=127.0.0.1:${spec.port}`,
    spec.nodes === 'all' ? '--manage-all-nodes' : `--manage-nodes-with-label-selector=${SIMULATED_LABEL}=true`,
    `--node-lease-duration-seconds=${LEASE_SECONDS}`,
    '--node-ip=192.0.2.2',
    '--cidr=10.128.0.1/9',
    '--enable-crds=Stage',
  ]
  return await startComponent(ground, { name: 'kwok', command: spec.command, args }, () =>
    answersOk(`http://127.0.0.1:${spec.port}/healthz`),
  )
}

/**
 * Puts the stages in `stages/` into the cluster; may begin before the API server is ready.
 *
 * They live there as objects, not in files given to KWOK: that is what lets the annotation of a
 * node change how the pods on it fare. kube-apiserver holds the first write of a new custom
 * resource back for two seconds, hence the early beginning.
 */
export async function installStages(admin: AdminClient, signal: AbortSignal | undefined): Promise<void> {
  const bound = { withinMs: INSTALL_WITHIN_MS, signal }
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const stages = '/apis/kwok.x-k8s.io/v1alpha1/stages'
  const crd = await parsed(STAGE_CRD)
  await until(() => created(admin, crds, crd, signal), { ...bound, what: 'the Stage CRD is installed' })
  const files = (await readdir(STAGES)).filter(name => name.endsWith('.yaml') && name !== STAGE_CRD)
  await Promise.all(
    files.map(async file => {
      const stage = await parsed(file)
      await until(() => created(admin, stages, stage, signal), { ...bound, what: `${file} is installed` })
    }),
  )
}

/** False while the API server cannot take it yet; a refusal of the object itself rejects. */
async function created(
  admin: AdminClient,
  path: string,
  object: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const answer = await admin.request('POST', path, object, { signal })
    if (NOT_YET.has(answer.status)) return false
    if (answer.status !== 409) expectSuccess(`POST ${path}`, answer)
    return true
  } catch (error) {
    signal?.throwIfAborted()
    // Refused connections while the server starts; anything that lasts ends at the bound.
    if (isClusterError(error) && error.cause !== undefined) return false
    throw error
  }
}

/** Forbidden before the roles exist, not found before the CRD is served, busy, starting. */
const NOT_YET: ReadonlySet<number> = new Set([403, 404, 429, 500, 503])
const INSTALL_WITHIN_MS = 90_000

async function parsed(file: string): Promise<unknown> {
  return load(await readFile(join(STAGES, file), 'utf8'))
}
