import type { Machine, MemberKind, Model, ModelMember, ModelPlan, ModelStage, Order } from './state.ts'
import { tagOf } from './state.ts'

const SECOND = 1000

/** Looks at a member again and notes what has become of it. */
export function look(model: Model, plan: ModelPlan, stage: ModelStage, member: ModelMember): void {
  const kind = seen(model, plan, stage, member)
  if (kind === 'activated' && !isClosedForGood(plan, stage)) member.confirmed = true
  if (kind === 'activated' || kind === 'gone') member.again = false
  if (kind !== 'activated') member.healthySince = undefined
  member.kind = kind
}

/** From a stop on, what has confirmed is settled. */
export function isClosedForGood(plan: ModelPlan, stage: ModelStage): boolean {
  return plan.phase === 'rolled_back' || plan.phase === 'cancelled' || stage.phase === 'halted'
}

/** A plan that is gone is waited for so long after it told a machine to move. */
const UNKNOWN = 300 * SECOND

/**
 * Another plan, which has not ended, has told this machine what to do last; or one that is gone did, after this plan had
 * started, and not long ago.
 */
export function isHeld(model: Model, plan: ModelPlan, member: ModelMember): boolean {
  const order = model.tags.get(member.uid)?.order
  if (order === undefined || order.plan === plan.uid) return false
  const holder = model.plans.find(other => other.uid === order.plan)
  if (holder) return holder.phase === 'active' || holder.phase === 'paused'
  const wholeSecond = (ms: number) => Math.floor(ms / SECOND) * SECOND
  const told = wholeSecond(order.at)
  return plan.startedAt !== undefined && told > wholeSecond(plan.startedAt) && model.now < told + UNKNOWN
}

function seen(model: Model, plan: ModelPlan, stage: ModelStage, member: ModelMember): MemberKind {
  const over = plan.phase === 'completed' || plan.phase === 'rolled_back' || plan.phase === 'cancelled'
  if (over && member.confirmed) return 'activated'
  const machine = model.machines.get(member.uid)
  if (!machine) return 'gone'
  if (over && plan.phase !== 'completed') return 'pending'
  const tag = tagOf(model, member.uid)
  const beforeItsTurn = machine.ready ? 'pending' : 'unreachable'
  if (isHeld(model, plan, member)) return 'pending'
  if (tag.order?.plan !== plan.uid || tag.order.stage !== stage.spec.id) return beforeItsTurn
  const course = tag.value === plan.release ? evidence(machine, tag.order, plan, member, model.now) : 'failed'
  return member.again && course !== 'activated' ? beforeItsTurn : course
}

/** What a machine that was told to move shows. */
export function evidence(
  machine: Machine,
  order: Order,
  plan: Pick<ModelPlan, 'spec' | 'release'>,
  member: Pick<ModelMember, 'confirmed' | 'healthySince'>,
  now: number,
): 'activating' | 'activated' | 'failed' {
  const { confirm, timeoutSeconds } = plan.spec.activation
  if (!machine.ready && member.confirmed) return 'failed'

  let since: number | undefined
  let broken = false
  if (confirm.kind === 'ready') {
    if (machine.ready) since = Math.max(machine.readySince, order.at)
  }
  if (confirm.kind === 'annotation') {
    if (machine.report === plan.release) since = Math.max(machine.readySince, order.at)
    const failure = machine.report?.startsWith(`failed:${plan.release} `) ?? false
    broken = failure && machine.report !== order.oldReport
  }
  if (confirm.kind === 'pod') {
    for (const pod of machine.pods) {
      if (pod.release !== plan.release) continue
      if (pod.ready) since = Math.max(pod.since, order.at)
      if (pod.crashedAt !== undefined && pod.crashedAt >= order.at) broken = true
    }
  }
  const steadyFor = confirm.kind === 'annotation' ? 0 : confirm.minReadySeconds * SECOND
  if (machine.ready && since !== undefined && since + steadyFor <= now) {
    member.healthySince = Math.max(since, machine.readySince)
    return 'activated'
  }
  if (broken || member.confirmed) return 'failed'
  return order.at + timeoutSeconds * SECOND <= now ? 'failed' : 'activating'
}
