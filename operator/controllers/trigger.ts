import { annotationsOf } from '../api/names.ts'
import type { RolloutPlan } from '../api/object.ts'
import { changeOfNode, concernsPlan } from '../fleet/interest.ts'
import type { FleetNode } from '../fleet/node.ts'
import { disjoint, matches } from '../fleet/selector.ts'
import { keyOf } from '../kube/object.ts'
import { isAtWork } from '../rollout/catch-up.ts'
import type { Controller } from '../runtime/controller.ts'
import type { Pace } from './pace.ts'
import type { Caches } from '../view/caches.ts'
import { planKeyOf } from '../view/view.ts'

/** Changes of plans come in swarms; another plan is woken once for all that come within this time. */
const GATHER = 50

/**
 * Wakes plans when something they are decided from has changed: the plan itself, a recovery of it, a plan that it may
 * have to wait for, a node it is about, a record of its members. (Pods: see pod-watch.ts.)
 */
export function installTriggers(
  { plans, recoveries, nodes, parts }: Caches,
  controller: Pick<Controller, 'enqueue' | 'enqueueAfter'>,
  pace: Pick<Pace, 'wait'>,
): void {
  plans.subscribe(({ kind, object, previous, listed }) => {
    controller.enqueue(keyOf(object), listed ? 'low' : 'normal')
    if (kind === 'updated' && previous?.status.phase === object.status.phase) return
    // What somebody asks for goes before plans that may be wakened for nothing.
    for (const plan of plans.values()) if (mayMeet(plan, object)) controller.enqueueAfter(keyOf(plan), GATHER, 'low')
  })
  recoveries.subscribe(({ kind, object }) => {
    if (kind !== 'deleted' && object.status.phase === 'Pending') controller.enqueue(planKeyOf(object))
  })
  nodes.subscribe(({ kind, object, previous }) => {
    const change = kind === 'updated' && previous ? changeOfNode(previous, object) : WHOLE
    if (!change) return
    for (const plan of plans.values()) {
      if (!concernsPlan(plan, change)) continue
      if (!concerns(plan, object) && !(previous && concerns(plan, previous))) continue
      const key = keyOf(plan)
      controller.enqueueAfter(key, pace.wait(key))
    }
  })
  parts.subscribe(({ object }) => {
    const { namespace = '' } = object.metadata
    controller.enqueue(`${namespace}/${object.data.plan}`)
  })
}

/** A node that comes or goes. */
const WHOLE = { itself: true, labels: [], annotations: [] }

/** Whether a plan may have to wait for another one, as far as their selectors tell; what they do not is met on the tick. */
function mayMeet(plan: RolloutPlan, other: RolloutPlan): boolean {
  return (
    plan.metadata.uid !== other.metadata.uid &&
    plan.spec.activation.label === other.spec.activation.label &&
    isAtWork(plan.status) &&
    !disjoint(plan.spec.fleet.selector, other.spec.fleet.selector)
  )
}

function concerns(plan: RolloutPlan, { metadata }: FleetNode): boolean {
  if (metadata.annotations[annotationsOf(plan.spec.activation.label).planUid] === plan.metadata.uid) return true
  return isAtWork(plan.status) && matches(plan.spec.fleet.selector, metadata.labels)
}
