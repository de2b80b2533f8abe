import type { RolloutPlan } from '../../operator/api/object.ts'
import type { PlanSpec } from '../../operator/api/rollout-plan.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import { choose, fleetOf } from '../../operator/rollout/membership.ts'

/** Names of a stage's members in the order of their activation. */
export type Draw = { readonly stage: string; readonly nodes: readonly string[] }

/** The members that a plan of this UID would have, by the very code that will choose them: one draw out of many. */
export function drawFor(name: string, uid: string, spec: PlanSpec, nodes: readonly FleetNode[]): readonly Draw[] {
  const plan: RolloutPlan = {
    metadata: { name, namespace: '', uid, resourceVersion: '', generation: 1, creationTimestamp: '' },
    spec,
    status: { phase: 'published' },
  }
  const fleet = fleetOf(plan, nodes)
  const taken = new Set<string>()
  return spec.stages.map(stage => {
    const { members } = choose(plan, stage, fleet, taken)
    for (const { uid } of members) taken.add(uid)
    return { stage: stage.id, nodes: members.map(member => member.name) }
  })
}
