import { join } from 'node:path'
import { type Output, run } from '../api/server.ts'
import type { AnyToolName } from '../cluster/tool-catalogue.ts'
import type { GenuineCluster } from './cluster/genuine-cluster.ts'
import type { Ledger } from './ledger.ts'
import type { Provisions } from './provision.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const CHART = join(ROOT, 'charts/autonomy-rollouts')
/** Where the chart is installed, and where the plans are. */
export const SYSTEM = 'autonomy-system'
export const FLEET = 'fleet'
export const RELEASE_NAME = 'autonomy-rollouts'

/** What a run is given by the process that started it. */
export type Run = {
  readonly folder: string
  readonly cgroup: string
  readonly tools: Readonly<Record<AnyToolName, string>>
  readonly keep: boolean
  readonly chapters: readonly string[]
  readonly provisions: Provisions
}

/** What every chapter works with. */
export type Scene = {
  readonly cluster: GenuineCluster
  readonly ledger: Ledger
  readonly provisions: Provisions
  readonly tools: Run['tools']
  readonly folder: string
  readonly signal: AbortSignal
  /** As an administrator; resolves whatever the exit code is. */
  kubectl(args: readonly string[], object?: object): Promise<Output>
  /** The same; rejects with kubectl's words when it fails. */
  succeed(args: readonly string[], object?: object): Promise<string>
  /** In the namespace of the operator; resolves whatever the exit code is. */
  helm(args: readonly string[]): Promise<Output>
}

export function sceneOf(given: Run, cluster: GenuineCluster, ledger: Ledger, signal: AbortSignal): Scene {
  const { folder, tools, provisions } = given
  const { plane } = cluster
  const kubectl: Scene['kubectl'] = async (args, object) =>
    await run(tools.kubectl, ['--kubeconfig', plane.adminKubeconfig, ...args], {
      home: folder,
      withinMs: 180_000,
      ...(object === undefined ? {} : { input: JSON.stringify(object) }),
    })
  return {
    cluster,
    ledger,
    provisions,
    tools,
    folder,
    signal,
    kubectl,
    async succeed(args, object) {
      const { code, stdout, stderr } = await kubectl(args, object)
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
      return stdout
    },
    helm: async args =>
      await run(tools.helm, [...args, '--kubeconfig', plane.adminKubeconfig], {
        home: folder,
        env: { HELM_NAMESPACE: SYSTEM },
        withinMs: 240_000,
      }),
  }
}
