import { isClosedForGood, isHeld, look } from './member.ts'
import type { Machine, MemberKind, Model, ModelMember, ModelPlan, ModelStage } from './state.ts'
import { amount, selects, tagOf } from './state.ts'

const SECOND = 1000

/** The model and what it was given do not fit together: the domain did what no reading of the design allows. */
export class ModelContradiction extends Error {}

export function count(stage: ModelStage, ...kinds: readonly MemberKind[]): number {
  return stage.members?.filter(member => kinds.includes(member.kind)).length ?? 0
}

/** The machines that a stage may choose its members from. */
export function eligibleFor(model: Model, plan: ModelPlan, stage: ModelStage): string[] {
  const taken = new Set(plan.stages.flatMap(other => other.members?.map(member => member.uid) ?? []))
  return fleetOf(model, plan)
    .filter(machine => !taken.has(machine.uid) && selects(stage.spec.nodes.selector, machine.labels))
    .map(machine => machine.uid)
}

function fleetOf(model: Model, plan: ModelPlan): Machine[] {
  return [...model.machines.values()].filter(machine => selects(plan.spec.fleet.selector, machine.labels))
}

/** Chooses and freezes the members of a stage that has opened. Says whether it did. */
export function freeze(model: Model, plan: ModelPlan, stage: ModelStage): boolean {
  const eligible = eligibleFor(model, plan, stage)
  if (eligible.length === 0 && !stage.spec.allowEmpty) return false
  const limit = stage.spec.nodes.limit
  const size =
    limit === undefined
      ? eligible.length
      : Math.min(eligible.length, amount(limit, fleetOf(model, plan).length, Math.ceil))
  const order = model.frozenOrder(plan.uid, stage.spec.id) ?? []
  const fits = order.length === size && new Set(order).size === size && order.every(uid => eligible.includes(uid))
  if (!fits)
    throw new ModelContradiction(
      `stage ${stage.spec.id} of ${plan.name}: ${size} of [${eligible.join(' ')}] should be members, frozen are [${order.join(' ')}]`,
    )
  stage.members = order.map(uid => ({ uid, kind: 'pending', confirmed: false, again: false, healthySince: undefined }))
  return true
}

export function lookAtAll(model: Model, plan: ModelPlan): void {
  for (const stage of plan.stages) for (const member of stage.members ?? []) look(model, plan, stage, member)
}

/** Tells the next machines of a stage to move, as far as the batch allows. Says whether it told any. */
export function tellNext(
  model: Model,
  plan: ModelPlan,
  stage: ModelStage,
  allowed: (member: ModelMember) => boolean,
): boolean {
  const members = stage.members ?? []
  const batch = Math.max(1, amount(stage.spec.batchSize, members.length, Math.ceil))
  let room = batch - count(stage, 'activating')
  let told = false
  for (const member of members) {
    if (room <= 0) break
    if (member.kind !== 'pending' || isHeld(model, plan, member) || !allowed(member)) continue
    tell(model, plan, stage, member)
    room -= 1
    told = true
  }
  return told
}

function tell(model: Model, plan: ModelPlan, stage: ModelStage, member: ModelMember): void {
  const tag = tagOf(model, member.uid)
  if (tag.order?.plan !== plan.uid) tag.before = { value: tag.value, order: tag.order }
  tag.value = plan.release
  const oldReport = model.machines.get(member.uid)?.report
  tag.order = { plan: plan.uid, stage: stage.spec.id, at: model.now, attempt: stage.attempt, oldReport }
  member.again = false
  member.confirmed = false
  member.kind = 'activating'
}

/** Takes back the orders of a stopped stage that were not carried out. Says whether there were any. */
export function withdraw(model: Model, plan: ModelPlan, stage: ModelStage): boolean {
  if (!isClosedForGood(plan, stage)) return false
  let any = false
  for (const member of stage.members ?? []) {
    const tag = model.tags.get(member.uid)
    if (member.confirmed || !model.machines.has(member.uid) || tag?.order?.plan !== plan.uid) continue
    if (tag.value === plan.release) tag.value = tag.before?.value
    tag.order = tag.before?.order
    tag.before = undefined
    any = true
  }
  return any
}

/** All members are gone, and the stage may not be empty. */
export function isDeserted(stage: ModelStage): boolean {
  const total = stage.members?.length ?? 0
  return !stage.spec.allowEmpty && total > 0 && count(stage, 'gone') === total
}

/** None of its members is activated, and it needs one to be settled. */
function isUnmoved(stage: ModelStage): boolean {
  return !stage.spec.allowEmpty && (stage.members?.length ?? 0) > 0 && count(stage, 'activated') === 0
}

/** Too many have failed for any other to be told. */
export function hasFailed(stage: ModelStage): boolean {
  return count(stage, 'failed') > tolerance(stage, stage.spec.maxFailures)
}

function tolerance(stage: ModelStage, value: number | string): number {
  return amount(value, stage.members?.length ?? 0, Math.floor)
}

/** Notes since when the stage has been settled. Says whether that changed. */
export function settle(model: Model, stage: ModelStage): boolean {
  const before = stage.settledAt
  const left = count(stage, 'pending', 'activating', 'unreachable')
  const tooManyLeft = left > tolerance(stage, stage.spec.maxUnreachable)
  if (hasFailed(stage) || tooManyLeft || isUnmoved(stage)) stage.settledAt = undefined
  else if (count(stage, 'pending', 'activating') === 0) stage.settledAt ??= model.now
  for (const [position, gate] of stage.spec.gates.entries()) {
    const base = count(stage, 'activated', 'failed')
    const enough = base > 0 && count(stage, 'activated') * 100 >= base * (gate.minPercent ?? 0)
    const before = stage.enoughSince[position]
    stage.enoughSince[position] = enough && stage.settledAt !== undefined ? (before ?? model.now) : undefined
  }
  return stage.settledAt !== before
}

/** Whether each gate of the stage has passed. */
export function gatesPassed(model: Model, stage: ModelStage): boolean[] {
  return stage.spec.gates.map((gate, position) => {
    if (stage.skippedGates.includes(gate.name ?? gate.kind)) return true
    switch (gate.kind) {
      case 'metric':
      case 'webhook':
      case 'job':
        throw new Error('the model knows no server to ask')
      case 'manual':
        return stage.approvers.length >= (gate.approvals ?? 1)
      case 'time_soak':
        return stage.settledAt !== undefined && stage.settledAt + (gate.seconds ?? 0) * SECOND <= model.now
      case 'health': {
        if (stage.members?.length === 0) return true
        const base = stage.members?.filter(({ kind }) => kind === 'activated' || kind === 'failed') ?? []
        const wanted = model.now - (gate.forSeconds ?? 0) * SECOND
        const healthy = base.filter(member => member.healthySince !== undefined && member.healthySince <= wanted)
        const seen = stage.enoughSince[position]
        if (stage.byReport && (seen === undefined || seen > wanted)) return false
        return base.length > 0 && healthy.length * 100 >= base.length * (gate.minPercent ?? 0)
      }
    }
  })
}

/**
 * Members of promoted stages that were left behind follow, unless a later plan has moved them, or has started and is
 * about them. Says whether any was told.
 */
export function catchUp(model: Model, plan: ModelPlan): boolean {
  const later = model.plans.filter(other => other.createdAt > plan.createdAt)
  const started = later.filter(({ phase }) => phase === 'active' || phase === 'paused' || phase === 'completed')
  let any = false
  for (const stage of plan.stages) {
    if (stage.phase !== 'promoted') continue
    const allowed = (member: ModelMember): boolean => {
      const machine = model.machines.get(member.uid)
      const mover = tagOf(model, member.uid).order?.plan
      const moved = mover !== undefined && (model.creations.get(mover) ?? 0) > plan.createdAt
      const wanted = started.some(other => selects(other.spec.fleet.selector, machine?.labels ?? {}))
      return !member.confirmed && !wanted && !moved
    }
    if (tellNext(model, plan, stage, allowed)) any = true
  }
  return any
}
