import { expectSuccess } from '../../cluster/admin-client.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { sample } from '../sample.ts'

/** Writes under way at once, where a benchmark writes itself: the operator's own number. */
export const AT_ONCE = 16
const MERGE_PATCH = 'application/merge-patch+json'

export type Machine = { readonly name: string; readonly uid: string; readonly resourceVersion: string }

/** How many machines make a group, for plans that share no machine. */
export const GROUP = 50

/**
 * Creates machines that are Ready and stay so: nobody is there to say otherwise. Names are `machine-<index>`; the label
 * `group` has the index of the group.
 */
export async function createMachines(cluster: Cluster, first: number, count: number): Promise<readonly Machine[]> {
  const machines: Machine[] = []
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const condition = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }
  await sample(count, AT_ONCE, async offset => {
    const index = first + offset
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `machine-${index}`, labels: { group: `g${Math.floor(index / GROUP)}` } },
      status: { conditions: [{ ...condition, lastHeartbeatTime: at, lastTransitionTime: at }] },
    }
    const answer = await cluster.request('POST', '/api/v1/nodes', node, { timeoutMs: 60_000 })
    const { metadata } = expectSuccess(`creating node ${index}`, answer) as { readonly metadata: Machine }
    machines[offset] = { name: metadata.name, uid: metadata.uid, resourceVersion: metadata.resourceVersion }
  })
  return machines
}

/** What the agent of a machine reports, for a plan of that name: the annotation is the plan's own. */
export async function report(cluster: Cluster, node: string, plan: string, text: string): Promise<void> {
  const patch = { metadata: { annotations: { [reportOf(plan)]: text } } }
  const answer = await cluster.request('PATCH', `/api/v1/nodes/${node}`, patch, {
    contentType: MERGE_PATCH,
    timeoutMs: 60_000,
  })
  expectSuccess(`the report of ${node}`, answer)
}

export const reportOf = (plan: string) => `fleet.autonomyops.dev/${plan}-runs`
