import type { RolloutPlan } from '../api/object.ts'
import { type NodePatch, activationPatch, withdrawalPatch } from '../fleet/activation.ts'
import { reportOf } from '../fleet/confirmation.ts'
import type { FleetNode } from '../fleet/node.ts'
import type { Cache } from '../kube/cache.ts'
import type { Client } from '../kube/client.ts'
import {
  type ApiError,
  isApiError,
  isConflict,
  isForbidden,
  isNotFound,
  isPermanent,
  isThrottled,
} from '../kube/errors.ts'
import type { Decision } from '../rollout/decision.ts'
import { timestamp } from '../rollout/time.ts'
import { fleetNodes } from '../view/resources.ts'

/** Patches under way at once, for one plan. */
const CONCURRENCY = 16

export const PATCH_KINDS = ['activation', 'withdrawal'] as const
/** conflict: the node had changed; gone: it is deleted; failed: the API server did not make it, for good or for now. */
export const PATCH_OUTCOMES = ['made', 'conflict', 'gone', 'failed'] as const

export type PatchMetrics = {
  patched(kind: (typeof PATCH_KINDS)[number], outcome: (typeof PATCH_OUTCOMES)[number]): void
}

type Patched = { readonly kind: (typeof PATCH_KINDS)[number]; readonly node: FleetNode; readonly patch: NodePatch }

/** How a round of patches went. */
export type Round = {
  readonly made: number
  /** Whether a node had changed since it was seen. */
  readonly stale: boolean
  /** The first patch that the API server did not make, in words. */
  readonly trouble: string | undefined
  /** The first that it may make when it is asked again: what it answered. */
  readonly failure: ApiError | undefined
}

/** The patches that carry a decision out: withdrawals first. */
export function patchesOf(
  plan: RolloutPlan,
  { withdraw, activate }: Decision,
  nodes: ReadonlyMap<string, FleetNode>,
  now: number,
): Patched[] {
  const at = timestamp(now)
  return [
    ...withdraw.flatMap(({ uid }) => {
      const node = nodes.get(uid)
      return node ? [{ kind: 'withdrawal', node, patch: withdrawalPatch(node, plan) } as const] : []
    }),
    ...activate.flatMap(({ member, stage, attempt }) => {
      const node = nodes.get(member.uid)
      if (!node) return []
      const patch = activationPatch(node, plan, stage, attempt, reportOf(node, plan), at)
      return [{ kind: 'activation', node, patch } as const]
    }),
  ]
}

/**
 * Makes the patches, some at a time, each preconditioned on the node as it was seen.
 *
 * A node that changed meanwhile is read anew and left for the next decision; one that is gone is left alone. A node for
 * which the API server fails keeps nobody from the others: it may be a webhook that fails for that one. Rejects, once
 * those under way have ended, with the first error that concerns them all: no answer, or a server that wants a pause.
 *
 * @param interrupted asked before each patch; true leaves the rest undone, because somebody wants the plan stopped or changed
 */
export async function makePatches(
  patches: readonly Patched[],
  client: Client,
  nodes: Cache<FleetNode>,
  interrupted: () => boolean,
  signal: AbortSignal,
  metrics?: PatchMetrics,
): Promise<Round> {
  let next = 0
  let made = 0
  let stale = false
  let trouble: string | undefined
  let failure: ApiError | undefined
  let failed = false

  const one = async ({ kind, node, patch }: Patched): Promise<void> => {
    const ref = { name: node.metadata.name }
    try {
      nodes.observe(await client.mergePatch(fleetNodes, ref, patch, { signal }))
      made += 1
      metrics?.patched(kind, 'made')
    } catch (error) {
      metrics?.patched(kind, isNotFound(error) ? 'gone' : isConflict(error) ? 'conflict' : 'failed')
      if (isNotFound(error)) return
      if (isConflict(error)) return reread(ref)
      if (!isApiError(error) || isThrottled(error)) throw error
      const refused = isForbidden(error) || isPermanent(error)
      if (!refused && error.code < 500) throw error
      trouble ??= `node ${ref.name}: ${error.message}`
      if (!refused) failure ??= error
    }
  }
  const reread = async (ref: { readonly name: string }): Promise<void> => {
    stale = true
    try {
      nodes.observe(await client.get(fleetNodes, ref, { signal }))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  const work = async (): Promise<void> => {
    for (let patch = patches[next++]; patch && !failed && !interrupted(); patch = patches[next++])
      try {
        await one(patch)
      } catch (error) {
        failed = true
        throw error
      }
  }

  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(CONCURRENCY, patches.length) }, work))
  const rejected = outcomes.find(outcome => outcome.status === 'rejected')
  if (rejected) throw rejected.reason
  return { made, stale, trouble, failure }
}
