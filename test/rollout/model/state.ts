import type { PlanPhase, StagePhase } from '../../../operator/api/rollout-plan-status.ts'
import type { PlanSpec, StageSpec } from '../../../operator/api/rollout-plan.ts'
import type { RefusalCode, Strategy } from '../../../operator/api/rollout-recovery.ts'

/**
 * A model of the rollout state machine, written from the design and not from the domain.
 *
 * It simulates: what was done is kept, in mutable variables, by whoever did it. It knows nothing of status objects,
 * annotations, bitmaps or released marks; the domain is held against it after each event.
 */

/** What is true of a machine, whoever manages it. */
export type Machine = {
  readonly uid: string
  readonly name: string
  readonly labels: { readonly [key: string]: string }
  readonly ready: boolean
  readonly readySince: number
  /** What the agent on it said last. */
  readonly report: string | undefined
  readonly pods: readonly MachinePod[]
}

export type MachinePod = {
  readonly release: string
  readonly ready: boolean
  readonly since: number
  /** When it last crashed, if it crash-loops. */
  readonly crashedAt: number | undefined
}

/** An order that a plan gave to a machine. */
export type Order = {
  readonly plan: string
  readonly stage: string
  readonly at: number
  readonly attempt: number
  /** The report that was there when the order was given; such a failure is an old one. */
  readonly oldReport: string | undefined
}

/** What is written on a machine: the release it should run, by whose order, and what was written before. */
export type Tag = {
  value: string | undefined
  order: Order | undefined
  before: { readonly value: string | undefined; readonly order: Order | undefined } | undefined
}

export type MemberKind = 'pending' | 'activating' | 'activated' | 'failed' | 'unreachable' | 'gone'

export type ModelMember = {
  readonly uid: string
  kind: MemberKind
  /** Has confirmed in this attempt. */
  confirmed: boolean
  /** Failed when a retry came, and is to be tried once more. */
  again: boolean
  /** Since when it has been activated without a break. */
  healthySince: number | undefined
}

export type ModelStage = {
  readonly spec: StageSpec
  phase: StagePhase
  skipped: boolean
  attempt: number
  settledAt: number | undefined
  /** For each health gate, by position: since when enough members have been seen to be healthy, in a settled stage. */
  readonly enoughSince: (number | undefined)[]
  /** Whether its members confirm by a report, which does not say since when it is true. */
  readonly byReport: boolean
  members: ModelMember[] | undefined
  readonly approvers: string[]
  /** Names of gates that somebody skipped. */
  readonly skippedGates: string[]
}

export type ModelPlan = {
  readonly uid: string
  readonly name: string
  readonly release: string
  readonly createdAt: number
  readonly spec: PlanSpec
  phase: PlanPhase
  /** When it first became active. */
  startedAt?: number
  waiting: boolean
  readonly stages: ModelStage[]
}

export type ModelRecovery = {
  readonly plan: string
  readonly planUid: string | undefined
  readonly createdAt: number
  readonly strategy: Strategy
  readonly stage: string | undefined
  readonly operator: string
  /** skip_failed of this gate only. */
  readonly gate: string | undefined
}

/** What became of a recovery; of several reasons to refuse it, any may be given. */
export type ModelVerdict = { readonly refusedFor: ReadonlySet<RefusalCode> }

export type Model = {
  now: number
  /** By UID; renewed from outside before the model moves. */
  machines: ReadonlyMap<string, Machine>
  readonly tags: Map<string, Tag>
  /** In the order of their creation. */
  readonly plans: ModelPlan[]
  /** When each plan was created, deleted ones included. */
  readonly creations: Map<string, number>
  /** The hash order is not modelled: this answers which order the members of a stage were frozen in. */
  frozenOrder: (plan: string, stage: string) => readonly string[] | undefined
}

export function tagOf(model: Model, uid: string): Tag {
  let tag = model.tags.get(uid)
  if (!tag) {
    tag = { value: undefined, order: undefined, before: undefined }
    model.tags.set(uid, tag)
  }
  return tag
}

export function addPlan(model: Model, plan: Pick<ModelPlan, 'uid' | 'name' | 'release' | 'createdAt' | 'spec'>): void {
  const stages = plan.spec.stages.map((spec): ModelStage => ({
    spec,
    phase: 'pending',
    skipped: false,
    attempt: 1,
    settledAt: undefined,
    enoughSince: [],
    byReport: plan.spec.activation.confirm.kind === 'annotation',
    members: undefined,
    approvers: [],
    skippedGates: [],
  }))
  model.creations.set(plan.uid, plan.createdAt)
  model.plans.push({ ...plan, phase: 'published', waiting: false, stages })
}

export function isTerminal(plan: ModelPlan): boolean {
  return plan.phase === 'completed' || plan.phase === 'rolled_back' || plan.phase === 'cancelled'
}

/** The stage that is open or halted, or else the next to open. */
export function currentStage(plan: ModelPlan): ModelStage | undefined {
  const last = plan.stages.findLast(stage => stage.phase === 'open' || stage.phase === 'halted')
  if (last && (last.phase === 'open' || plan.phase === 'paused')) return last
  return plan.stages.find(stage => stage.phase === 'pending')
}

/** `5` or `"5%"` of so many. */
export function amount(value: number | string, of: number, round: (x: number) => number): number {
  if (typeof value === 'number') return value
  return round((Number(value.replace('%', '')) * of) / 100)
}

/** Whether labels have all that a selector of plain labels asks for. */
export function selects(
  selector: { readonly matchLabels?: { readonly [key: string]: string } } | undefined,
  labels: { readonly [key: string]: string },
): boolean {
  return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
}
