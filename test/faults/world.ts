import { REPORT_ANNOTATION, annotationsOf } from '../../operator/api/names.ts'
import type { PlanSpec } from '../../operator/api/rollout-plan.ts'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import type { RecoverySpec, RecoveryStatus } from '../../operator/api/rollout-recovery.ts'
import type { AnyObject } from './watch.ts'

export type WirePlan = AnyObject & { readonly spec: PlanSpec; readonly status: PlanStatus }
export type WireRecovery = AnyObject & { readonly spec: RecoverySpec; readonly status: RecoveryStatus }
export type WireRevision = AnyObject & {
  readonly data: {
    readonly stage: string
    readonly digest: string
    readonly members: readonly (readonly [name: string, uid: string])[]
  }
}

/** The objects of one run as they stand at one moment. */
export type World = {
  readonly plan: WirePlan | undefined
  readonly recoveries: readonly WireRecovery[]
  readonly nodes: readonly AnyObject[]
  readonly revisions: readonly WireRevision[]
}

/**
 * One member of a stage, judged by what stands on the node alone.
 *
 * - `idle`: does not carry the plan's activation.
 * - `moving`: does, and its agent has not answered this attempt.
 * - `moved`, `failed`: does, and its agent has.
 */
export type Member = {
  readonly name: string
  readonly position: number
  readonly attempt: number
  readonly state: 'idle' | 'moving' | 'moved' | 'failed'
}

export function stageOf({ plan }: World, id: string): StageStatus | undefined {
  return plan?.status.stages?.find(stage => stage.id === id)
}

/** The members of a stage in frozen order; none before they are frozen. */
export function membersOf(world: World, stage: string): readonly Member[] {
  const { plan, nodes, revisions } = world
  if (plan === undefined) return []
  const digest = stageOf(world, stage)?.members?.digest
  const list = revisions.find(({ data }) => data.stage === stage && (digest === undefined || data.digest === digest))
  return (list?.data.members ?? []).flatMap(([name], position) => {
    const node = nodes.find(({ metadata }) => metadata.name === name)
    return node === undefined ? [] : [{ name, position, ...standing(node, plan) }]
  })
}

/** Whether the node carries the activation of this plan. */
export function carries({ metadata }: AnyObject, { metadata: { uid }, spec }: WirePlan): boolean {
  const { planUid } = annotationsOf(spec.activation.label)
  return metadata.annotations?.[planUid] === uid && metadata.labels?.[spec.activation.label] === spec.release
}

function standing(node: AnyObject, plan: WirePlan): Pick<Member, 'attempt' | 'state'> {
  const annotations = node.metadata.annotations ?? {}
  const own = annotationsOf(plan.spec.activation.label)
  const attempt = Number(annotations[own.attempt] ?? 0)
  const report = annotations[REPORT_ANNOTATION]
  if (!carries(node, plan)) return { attempt, state: 'idle' }
  if (report === plan.spec.release) return { attempt, state: 'moved' }
  const failed = report?.startsWith(`failed:${plan.spec.release}`) && report !== annotations[own.dismissed]
  return { attempt, state: failed ? 'failed' : 'moving' }
}
