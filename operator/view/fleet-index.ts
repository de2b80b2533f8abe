import type { Selector } from '../api/rollout-plan.ts'
import { changeOfNode } from '../fleet/interest.ts'
import type { FleetNode } from '../fleet/node.ts'
import { matches, selectorText } from '../fleet/selector.ts'
import type { Cache } from '../kube/cache.ts'

/** So many nodes are remembered for all selectors together; then the one that was not asked for longest is forgotten. */
const MOST = 200_000

type Fleet = { readonly selector: Selector | undefined; readonly members: Map<string, FleetNode> }

/**
 * Answers which nodes match a selector, without looking at every node of the cluster each time: what was asked for once
 * is kept up to date with the cache.
 */
export function fleetIndex(
  nodes: Pick<Cache<FleetNode>, 'values' | 'subscribe'>,
  most = MOST,
): (selector: Selector | undefined) => readonly FleetNode[] {
  /** By the text of the selector, in the order in which they were asked for last. */
  const fleets = new Map<string, Fleet>()

  nodes.subscribe(({ kind, object, previous }) => {
    const { uid } = object.metadata
    const relabelled = kind !== 'updated' || !previous || changeOfNode(previous, object)?.labels.length !== 0
    for (const { selector, members } of fleets.values()) {
      if (kind === 'deleted') members.delete(uid)
      else if (relabelled ? matches(selector, object.metadata.labels) : members.has(uid)) members.set(uid, object)
      else if (relabelled) members.delete(uid)
    }
  })

  const gather = (selector: Selector | undefined): Fleet => {
    const members = new Map<string, FleetNode>()
    for (const node of nodes.values()) if (matches(selector, node.metadata.labels)) members.set(node.metadata.uid, node)
    return { selector, members }
  }

  const shrink = (): void => {
    let size = 0
    for (const { members } of fleets.values()) size += members.size
    for (const [text, { members }] of fleets) {
      if (size <= most || fleets.size === 1) return
      size -= members.size
      fleets.delete(text)
    }
  }

  return selector => {
    const text = selectorText(selector)
    const known = fleets.get(text)
    const fleet = known ?? gather(selector)
    fleets.delete(text)
    fleets.set(text, fleet)
    if (!known) shrink()
    return [...fleet.members.values()]
  }
}
