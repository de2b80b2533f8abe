import { NODE_PREFIX } from '../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import type { RawObject } from '../kube/object.ts'
import type { MembershipPart } from './membership.ts'

/** What caches keep of our own kinds: what the API server has validated and defaulted, less the bookkeeping. */

export function trimPlan(raw: RawObject): RolloutPlan {
  const { spec, status } = raw as unknown as RolloutPlan
  return { metadata: metaOf(raw), spec, status }
}

export function trimRecovery(raw: RawObject): RolloutRecovery {
  const { spec, status } = raw as unknown as RolloutRecovery
  return { metadata: metaOf(raw), spec, status }
}

export function trimPart(raw: RawObject): MembershipPart {
  const { metadata, revision, data } = raw as unknown as MembershipPart
  const { name, namespace = '', uid, resourceVersion, creationTimestamp, labels = {} } = metadata
  return { metadata: { name, namespace, uid, resourceVersion, creationTimestamp, labels }, revision, data }
}

function metaOf({ metadata }: RawObject): RolloutPlan['metadata'] {
  const { name, namespace = '', uid, resourceVersion, generation = 1, creationTimestamp, deletionTimestamp } = metadata
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith(NODE_PREFIX))
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  }
}
