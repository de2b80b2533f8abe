import { expectSuccess } from './admin-client.ts'
import { annotate, items, untilNodes } from './simulated-node.ts'
import type { ListedObject, NodeHost, NodeReadiness } from './simulated-node.ts'
import { until } from './wait.ts'

/**
 * - `crash`: the containers are in CrashLoopBackOff, with a growing restart count
 * - `pull`: ErrImagePull and ImagePullBackOff by turns, phase Pending
 * - `unready`: the containers run, the pod is not Ready
 */
export type PodFault = 'crash' | 'pull' | 'unready'

/** On a pod, or in the pod template of a workload: its own fault, whatever its node says. */
export const POD_FAULT = 'kwok.autonomy.test/fault'
/** On a node: the fault of every pod there, now and later. */
export const NODE_POD_FAULT = 'kwok.autonomy.test/pod-fault'
/** On a node, `False` or `Unknown`: its Ready condition is that. */
export const NODE_READY = 'kwok.autonomy.test/ready'

/** Written by KWOK on a pod whose node has a fault. */
const CARRIED_OVER = 'kwok.autonomy.test/node-fault'
/** Written by KWOK on a node when the pods to come are taken care of. */
const APPLIED = 'kwok.autonomy.test/pod-fault-applied'
/** A change of it makes KWOK look at a pod again; its value means nothing. */
const LOOK_AGAIN = 'kwok.autonomy.test/look-again'

export interface FaultOptions {
  /** Default 20,000 ms. */
  readonly withinMs?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Gives the pods on some nodes a fault, or ends it (undefined).
 *
 * Resolves when KWOK has told every pod that is on those nodes; their status follows within about
 * three seconds. Pods that arrive later get the fault from the start.
 */
export async function setPodFault(
  cluster: NodeHost,
  nodes: readonly string[],
  fault: PodFault | undefined,
  options: FaultOptions = {},
): Promise<void> {
  await annotateNodes(cluster, nodes, { [NODE_POD_FAULT]: fault ?? null })
  await carryOver(cluster, nodes, options)
}

/**
 * Has KWOK make nodes Ready, not Ready or Unknown, and resolves when they are.
 *
 * The pods on a node that is not Ready become unready within about three seconds, and Ready again
 * when it is, as if the machine had been cut off.
 */
export async function setNodeReady(
  cluster: NodeHost,
  nodes: readonly string[],
  readiness: NodeReadiness,
  options: FaultOptions = {},
): Promise<void> {
  await annotateNodes(cluster, nodes, { [NODE_READY]: readiness === 'True' ? null : readiness })
  await untilNodes(cluster, nodes, readiness, { withinMs: options.withinMs ?? 20_000, signal: options.signal })
  await carryOver(cluster, nodes, options)
}

async function annotateNodes(
  cluster: NodeHost,
  nodes: readonly string[],
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  await Promise.all(nodes.map(node => annotate(cluster, `/api/v1/nodes/${node}`, annotations)))
}

async function carryOver(cluster: NodeHost, nodes: readonly string[], options: FaultOptions): Promise<void> {
  const bound = { withinMs: options.withinMs ?? 20_000, everyMs: 200, signal: options.signal }
  await Promise.all(
    nodes.map(async node => {
      const fault = await until(() => appliedFault(cluster, node), { ...bound, what: `KWOK sees the fault of ${node}` })
      let looks = 0
      const told = () => tellPods(cluster, node, fault, `${++looks}`)
      await until(told, { ...bound, what: `KWOK tells the pods on ${node} of its fault` })
    }),
  )
}

/** The fault of the pods on a node, or undefined while KWOK has not caught up with the node's annotations. */
async function appliedFault(cluster: NodeHost, node: string): Promise<PodFault | 'none' | undefined> {
  const body = expectSuccess(`reading node ${node}`, await cluster.request('GET', `/api/v1/nodes/${node}`))
  const annotations = (body as ListedObject).metadata.annotations ?? {}
  const own = annotations[NODE_READY] === undefined ? 'none' : 'unready'
  const wanted = annotations[NODE_POD_FAULT] ?? own
  return (annotations[APPLIED] ?? 'none') === wanted ? (wanted as PodFault | 'none') : undefined
}

/** True when every pod on the node knows; makes KWOK look at the others, as it looks only at pods that change. */
async function tellPods(cluster: NodeHost, node: string, fault: PodFault | 'none', mark: string): Promise<boolean> {
  const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${node}` }).toString()
  const pods = items(expectSuccess('listing pods', await cluster.request('GET', `/api/v1/pods?${query}`)))
  const ignorant = pods.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined && (metadata.annotations?.[CARRIED_OVER] ?? 'none') !== fault,
  )
  await Promise.all(ignorant.map(pod => look(cluster, pod, mark)))
  return ignorant.length === 0
}

async function look(cluster: NodeHost, pod: ListedObject, mark: string): Promise<void> {
  const { namespace = 'default', name } = pod.metadata
  const patch = { metadata: { annotations: { [LOOK_AGAIN]: mark } } }
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`
  const answer = await cluster.request('PATCH', path, patch, { contentType: 'application/merge-patch+json' })
  // A pod may go at any moment.
  if (answer.status !== 404) expectSuccess(`touching pod ${namespace}/${name}`, answer)
}
