import { GROUP, VERSION } from '../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import type { FleetNode } from '../fleet/node.ts'
import type { FleetPod } from '../fleet/pod.ts'
import { defineResource } from '../kube/resource.ts'
import type { MembershipPart } from './membership.ts'

/** The kinds the controllers read and write, as typed as they need them. */

export const rolloutPlans = defineResource<RolloutPlan>({
  group: GROUP,
  version: VERSION,
  plural: 'rolloutplans',
  kind: 'RolloutPlan',
  namespaced: true,
})

export const rolloutRecoveries = defineResource<RolloutRecovery>({
  group: GROUP,
  version: VERSION,
  plural: 'rolloutrecoveries',
  kind: 'RolloutRecovery',
  namespaced: true,
})

export const fleetNodes = defineResource<FleetNode>({
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
})

export const fleetPods = defineResource<FleetPod>({
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
})

export const membership = defineResource<MembershipPart>({
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
})
