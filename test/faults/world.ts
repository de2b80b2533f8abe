import { PLAN_UID_LABEL, REPORT_ANNOTATION, annotationsOf } from '../../operator/api/names.ts'
import type { PlanSpec } from '../../operator/api/rollout-plan.ts'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import type { RecoverySpec, RecoveryStatus } from '../../operator/api/rollout-recovery.ts'
import type { AnyObject } from './watch.ts'

export type WirePlan = AnyObject & { readonly spec: PlanSpec; readonly status: PlanStatus }
export type WireRecovery = AnyObject & { readonly spec: RecoverySpec; readonly status: RecoveryStatus }
export type WireNode = AnyObject & {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}
export type WireRevision = AnyObject & {
  readonly data: {
    readonly stage: string
    readonly digest: string
    readonly members: readonly (readonly [name: string, uid: string])[]
  }
}

/** All objects of one run as they stand at one moment. */
export type Everything = {
  readonly plans: readonly WirePlan[]
  readonly recoveries: readonly WireRecovery[]
  readonly nodes: readonly WireNode[]
  readonly revisions: readonly WireRevision[]
}

/** What concerns one plan of a run. */
export type World = Omit<Everything, 'plans'> & {
  readonly plan: WirePlan | undefined
  /** The other plans of the run. */
  readonly others: readonly WirePlan[]
}

export function worldIn({ plans, recoveries, nodes, revisions }: Everything, name: string): World {
  const plan = plans.find(({ metadata }) => metadata.name === name)
  return {
    plan,
    others: plans.filter(other => other !== plan),
    recoveries: recoveries.filter(({ spec }) => spec.planName === name),
    nodes,
    revisions: revisions.filter(({ metadata }) => metadata.labels?.[PLAN_UID_LABEL] === plan?.metadata.uid),
  }
}

/**
 * One member of a stage, judged by what stands on the node alone.
 *
 * - `idle`: does not carry the plan's activation; `away`: nor could it be told, because it is not Ready.
 * - `moving`: does, and its agent has not answered this attempt.
 * - `moved`, `failed`: does, and its agent has.
 */
export type Member = {
  readonly name: string
  readonly position: number
  readonly attempt: number
  readonly state: 'idle' | 'away' | 'moving' | 'moved' | 'failed'
}

export function stageOf({ plan }: World, id: string): StageStatus | undefined {
  return plan?.status.stages?.find(stage => stage.id === id)
}

/** Name and UID of all who belong to the stage, deleted or not, in frozen order; none before they are frozen. */
export function listOf(world: World, stage: string): WireRevision['data']['members'] {
  const digest = stageOf(world, stage)?.members?.digest
  const list = world.revisions.find(
    ({ data }) => data.stage === stage && (digest === undefined || data.digest === digest),
  )
  return list?.data.members ?? []
}

/** The members of a stage that are there, in frozen order. */
export function membersOf(world: World, stage: string): readonly Member[] {
  const { plan, nodes } = world
  if (plan === undefined) return []
  return listOf(world, stage).flatMap(([name, uid], position) => {
    const node = nodes.find(({ metadata }) => metadata.uid === uid)
    return node === undefined ? [] : [{ name, position, ...standing(node, plan) }]
  })
}

/** Whether the node carries the activation of this plan. */
export function carries({ metadata }: AnyObject, { metadata: { uid }, spec }: WirePlan): boolean {
  const { planUid } = annotationsOf(spec.activation.label)
  return metadata.annotations?.[planUid] === uid && metadata.labels?.[spec.activation.label] === spec.release
}

export function isReady({ status }: WireNode): boolean {
  return (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
}

function standing(node: WireNode, plan: WirePlan): Pick<Member, 'attempt' | 'state'> {
  const annotations = node.metadata.annotations ?? {}
  const own = annotationsOf(plan.spec.activation.label)
  const attempt = Number(annotations[own.attempt] ?? 0)
  const report = annotations[REPORT_ANNOTATION]
  if (!carries(node, plan)) return { attempt, state: isReady(node) ? 'idle' : 'away' }
  if (report === plan.spec.release) return { attempt, state: 'moved' }
  const failed = report?.startsWith(`failed:${plan.spec.release}`) && report !== annotations[own.dismissed]
  return { attempt, state: failed ? 'failed' : 'moving' }
}
