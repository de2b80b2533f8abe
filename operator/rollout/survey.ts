import type { StageSpec } from '../api/rollout-plan.ts'
import type { StageStatus } from '../api/rollout-plan-status.ts'
import { writeBitmap } from './bitmap.ts'
import { type MemberNode, membersOf } from './member.ts'
import type { Frozen } from './membership.ts'
import type { Observation } from './observation.ts'
import { tally } from './tally.ts'

/**
 * One stage with what is known of it now.
 *
 * - `unopened`: its members are not chosen yet.
 * - `lost`: its members are frozen, and the record of them cannot be read.
 * - `known`: its members and where each stands.
 */
export type SurveyedStage = { readonly spec: StageSpec; readonly status: StageStatus } & (
  | { readonly kind: 'unopened' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'known'; readonly members: readonly MemberNode[] }
)

export type KnownStage = Extract<SurveyedStage, { kind: 'known' }>

/** The stages of the plan as its status has them; a plan that was never looked at has them all pending. */
export function stagesOf({ plan }: Observation): readonly StageStatus[] {
  return plan.spec.stages.map(
    ({ id }) => plan.status.stages?.find(stage => stage.id === id) ?? { id, phase: 'pending' },
  )
}

/** Whether pods are needed to know who has confirmed, and cannot be seen. */
export function blind({ plan, pods }: Observation): boolean {
  return plan.spec.activation.confirm.kind === 'pod' && pods === undefined
}

/** Looks at every stage of the plan. */
export function survey(observation: Observation, now: number): SurveyedStage[] {
  return stagesOf(observation).map((status, position) => {
    const spec = observation.plan.spec.stages[position]!
    if (!status.members) return { kind: 'unopened', spec, status }
    const frozen = frozenOf(observation, status.id, status.members.digest, status.members.count)
    if (!frozen) return { kind: 'lost', spec, status }
    const members = membersOf(observation, status, frozen, now)
    return { kind: 'known', spec, status, members }
  })
}

/** The stage's status with its counts and who has confirmed brought up to date. */
export function recounted(status: StageStatus, members: readonly MemberNode[]): StageStatus {
  const confirmed = members.flatMap(member => (member.confirmed ? [member.index] : []))
  return { ...status, counts: tally(members), confirmed: writeBitmap(confirmed) }
}

/**
 * Counts brought up to date, as far as that can be done without pods when they cannot be seen.
 * Who has confirmed is not, in a halted stage: the halt has settled that.
 */
export function counted(surveyed: readonly SurveyedStage[], unseen: boolean): StageStatus[] {
  return surveyed.map(stage => {
    const halted = stage.status.phase === 'halted'
    if (stage.kind !== 'known' || (unseen && !halted)) return stage.status
    const fresh = recounted(stage.status, stage.members)
    if (!halted) return fresh
    return { ...fresh, confirmed: stage.status.confirmed ?? '' }
  })
}

/** UIDs of all members of all stages that are frozen; undefined when a record is lost. */
export function takenBy(stages: readonly SurveyedStage[]): ReadonlySet<string> | undefined {
  const taken = new Set<string>()
  for (const stage of stages) {
    if (stage.kind === 'lost') return undefined
    if (stage.kind === 'known') for (const { uid } of stage.members) taken.add(uid)
  }
  return taken
}

function frozenOf(
  { kept }: Observation,
  stage: string,
  digest: string,
  count: number,
): Pick<Frozen, 'members'> | undefined {
  if (count === 0) return { members: [] }
  return kept.get(stage)?.find(list => list.digest === digest)
}
