import { PLAN_UID_LABEL } from '../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import { compareResourceVersions } from '../kube/version.ts'
import type { Readings } from '../rollout/gates/reading.ts'
import type { Observation } from '../rollout/observation.ts'
import { owing } from '../rollout/rival.ts'
import type { Caches } from './caches.ts'
import { fleetIndex } from './fleet-index.ts'
import { groupIndex, uidIndex } from './index.ts'
import { type MembershipPart, isPartOf, keptListsOf } from './membership.ts'
import type { PodWatches } from './pod-watch.ts'

export type View = {
  readonly observe: (plan: RolloutPlan, trouble: string | undefined) => Observation
  readonly partsOf: (plan: RolloutPlan) => readonly MembershipPart[]
  /** Recoveries of the plan that have not been judged, in creation order. */
  readonly pending: (planKey: string) => readonly RolloutRecovery[]
  /** All recoveries that name the plan, in creation order. */
  readonly recoveriesOf: (planKey: string) => readonly RolloutRecovery[]
  readonly recovery: (namespace: string, name: string, uid: string) => RolloutRecovery | undefined
}

/**
 * What the domain sees, put together from the caches.
 *
 * @param readingsOf what was seen outside and the plan's status does not cover; only the leader looks
 */
export function createView(
  { plans, recoveries, nodes, parts }: Caches,
  pods: PodWatches,
  readingsOf: (plan: RolloutPlan) => Readings = () => NONE,
): View {
  const byUid = uidIndex(nodes)
  const fleetBy = fleetIndex(nodes)
  const partsByPlan = groupIndex(parts, ({ metadata }) => metadata.labels?.[PLAN_UID_LABEL])
  const recoveriesByPlan = groupIndex(recoveries, planKeyOf)
  const plansByLabel = groupIndex(plans, plan => plan.spec.activation.label)
  const partsOf = (plan: RolloutPlan) => (partsByPlan.get(plan.metadata.uid) ?? []).filter(part => isPartOf(plan, part))

  return {
    partsOf,
    observe: (plan, trouble) => ({
      plan,
      nodes: byUid,
      fleet: () => fleetBy(plan.spec.fleet.selector),
      pods: pods.podsFor(plan),
      kept: keptListsOf(partsOf(plan)),
      rivals: (plansByLabel.get(plan.spec.activation.label) ?? []).filter(
        ({ metadata }) => metadata.uid !== plan.metadata.uid,
      ),
      owes: owing(rival => keptListsOf(partsOf(rival))),
      readings: readingsOf(plan),
      ...(trouble === undefined ? {} : { trouble }),
    }),
    pending: planKey =>
      (recoveriesByPlan.get(planKey) ?? []).filter(({ status }) => status.phase === 'Pending').sort(inCreationOrder),
    recoveriesOf: planKey => [...(recoveriesByPlan.get(planKey) ?? [])].sort(inCreationOrder),
    recovery: (namespace, name, uid) => {
      const known = recoveries.get(`${namespace}/${name}`)
      return known?.metadata.uid === uid ? known : undefined
    },
  }
}

const NONE: Readings = new Map()

export function planKeyOf({ metadata, spec }: RolloutRecovery): string {
  return `${metadata.namespace}/${spec.planName}`
}

/** Within one second the resourceVersion decides: nothing writes a recovery before it is judged (KEP-5504 makes versions comparable). */
function inCreationOrder({ metadata: a }: RolloutRecovery, { metadata: b }: RolloutRecovery): number {
  const byTime = Date.parse(a.creationTimestamp) - Date.parse(b.creationTimestamp)
  return byTime || compareResourceVersions(a.resourceVersion, b.resourceVersion)
}
