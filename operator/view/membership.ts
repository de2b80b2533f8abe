import { API_VERSION, PLAN_UID_LABEL, STAGE_LABEL } from '../api/names.ts'
import type { RolloutPlan } from '../api/object.ts'
import type { DraftMeta, ObjectMeta } from '../kube/object.ts'
import { type Frozen, type Member, digestOf } from '../rollout/membership.ts'

/** Most members in one ControllerRevision: about 160 KB. */
const PART_SIZE = 2000

/** A ControllerRevision that holds some of a stage's frozen members. Its content never changes (the API sees to that). */
export type MembershipPart = {
  readonly metadata: ObjectMeta
  readonly revision: number
  readonly data: {
    readonly plan: string
    readonly stage: string
    readonly digest: string
    readonly part: number
    readonly parts: number
    readonly members: readonly (readonly [name: string, uid: string])[]
  }
}

export type MembershipDraft = Omit<MembershipPart, 'metadata'> & {
  readonly metadata: DraftMeta & { readonly name: string }
}

/** The objects that keep a stage's members. Names follow from the content, so that writing them again is harmless. */
export function partsOf(plan: RolloutPlan, stage: string, { digest, members }: Frozen): MembershipDraft[] {
  const { name, namespace, uid } = plan.metadata
  const position = plan.spec.stages.findIndex(({ id }) => id === stage)
  const parts = Math.ceil(members.length / PART_SIZE)
  return Array.from({ length: parts }, (_, part) => ({
    metadata: {
      name: `${name}-${uid.slice(0, 8)}-${position}-${digest}-${part}`,
      namespace,
      labels: { [PLAN_UID_LABEL]: uid, [STAGE_LABEL]: stage, 'app.kubernetes.io/managed-by': 'autonomy-rollouts' },
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'RolloutPlan', name, uid, controller: true }],
    },
    revision: position + 1,
    data: {
      plan: name,
      stage,
      digest,
      part,
      parts,
      members: members
        .slice(part * PART_SIZE, (part + 1) * PART_SIZE)
        .map(member => [member.name, member.uid] as const),
    },
  }))
}

/**
 * The frozen members by stage, put together from their parts.
 *
 * Of a stage that has recorded which list is its own, only that list counts; of one that has not (a crash came
 * between), any complete list. A list whose digest does not match its content is left out.
 */
export function frozenOf(plan: RolloutPlan, parts: readonly MembershipPart[]): ReadonlyMap<string, Frozen> {
  const frozen = new Map<string, Frozen>()
  const lists = Map.groupBy(parts, ({ data }) => `${data.stage}/${data.digest}`)
  for (const [, list] of [...lists].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { stage, digest, parts: count } = list[0]!.data
    const own = plan.status.stages?.find(({ id }) => id === stage)?.members?.digest
    if ((own !== undefined && own !== digest) || (own === undefined && frozen.has(stage))) continue
    const members = completeList(list, count)
    if (members && digestOf(members) === digest) frozen.set(stage, { digest, members })
  }
  return frozen
}

/** Parts that a crash left behind: of a stage whose members are settled by another list. */
export function leftovers(plan: RolloutPlan, parts: readonly MembershipPart[]): MembershipPart[] {
  return parts.filter(({ data }) => {
    const own = plan.status.stages?.find(({ id }) => id === data.stage)?.members?.digest
    return own !== undefined && own !== data.digest
  })
}

function completeList(list: readonly MembershipPart[], count: number): Member[] | undefined {
  const inOrder = [...list].sort((a, b) => a.data.part - b.data.part)
  if (inOrder.length !== count || inOrder.some(({ data }, position) => data.part !== position)) return undefined
  return inOrder.flatMap(({ data }) => data.members.map(([name, uid]) => ({ name, uid })))
}
