import type { Cluster } from '../../cluster/cluster.ts'
import { everything, startCluster } from '../../cluster/cluster.ts'
import { createNodes } from '../../cluster/simulated-node.ts'
import type { NodeToolName } from '../../cluster/tool-catalogue.ts'
import { NETWORK, bridge } from './network.ts'
import { type GenuineNode, startNode } from './node.ts'

/** A whole cluster: a control plane, nodes with kubelets, and simulated ones beside them. */
export type GenuineCluster = {
  readonly plane: Cluster
  readonly nodes: readonly GenuineNode[]
  readonly simulated: readonly string[]
}

export type GenuineClusterSpec = {
  readonly tools: Readonly<Record<NodeToolName, string>>
  readonly folder: string
  readonly cgroup: string
  readonly nodes: number
  /** Groups of simulated nodes: `<prefix>-0` and on. */
  readonly simulated: readonly SimulatedGroup[]
  readonly sandboxImage: string
  readonly archives: readonly string[]
  readonly signal: AbortSignal
}

export type SimulatedGroup = {
  readonly prefix: string
  readonly count: number
  readonly labels: Readonly<Record<string, string>>
}

/** Keeps pods that do not ask for it from simulated nodes, where nothing would really run. */
export const SIMULATED_TAINT = 'kwok.x-k8s.io/node'

/**
 * Brings the cluster up in the network namespace of this process, which must be one of its own. Nothing here ends it:
 * it ends with the namespaces.
 */
export async function startGenuineCluster(spec: GenuineClusterSpec): Promise<GenuineCluster> {
  const { signal, nodes: count } = spec
  await bridge()
  const plane = await startCluster({ ...everything, auditLog: true, network: NETWORK, signal })
  const indexes = Array.from({ length: count }, (_, offset) => offset + 1)
  const [nodes, simulated] = await Promise.all([
    Promise.all(indexes.map(async index => await startNode({ ...spec, cluster: plane, index, count }))),
    Promise.all(
      spec.simulated.map(
        async ({ labels, ...group }) =>
          await createNodes(plane, { ...group, labels: () => labels, taint: SIMULATED_TAINT, signal }),
      ),
    ),
  ])
  return { plane, nodes, simulated: simulated.flat() }
}
