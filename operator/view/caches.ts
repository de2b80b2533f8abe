import { PLAN_UID_LABEL } from '../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import { type FleetNode, trimNode } from '../fleet/node.ts'
import { type Cache, type CacheOptions, createCache } from '../kube/cache.ts'
import type { Identified } from '../kube/object.ts'
import type { MembershipPart } from './membership.ts'
import { fleetNodes, membership, rolloutPlans, rolloutRecoveries } from './resources.ts'
import { trimPart, trimPlan, trimRecovery } from './trim.ts'

export type Caches = {
  readonly plans: Cache<RolloutPlan>
  readonly recoveries: Cache<RolloutRecovery>
  readonly nodes: Cache<FleetNode>
  readonly parts: Cache<MembershipPart>
}

export type CacheParts = Pick<CacheOptions<Identified>, 'client' | 'clock' | 'log' | 'metrics'>

/** The caches every replica keeps warm, leading or not. */
export function createCaches(parts: CacheParts): Caches {
  return {
    plans: createCache({ ...parts, resource: rolloutPlans, trim: trimPlan }),
    recoveries: createCache({ ...parts, resource: rolloutRecoveries, trim: trimRecovery }),
    nodes: createCache({ ...parts, resource: fleetNodes, trim: trimNode }),
    parts: createCache({
      ...parts,
      resource: membership,
      trim: trimPart,
      labelSelector: PLAN_UID_LABEL,
      selects: ({ metadata }) => metadata.labels?.[PLAN_UID_LABEL] !== undefined,
    }),
  }
}
