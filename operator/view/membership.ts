import { API_VERSION, PLAN_UID_LABEL, STAGE_LABEL } from '../api/names.ts'
import type { RolloutPlan } from '../api/object.ts'
import type { DraftMeta, ObjectMeta } from '../kube/object.ts'
import { hasEnded } from '../rollout/catch-up.ts'
import { type Frozen, type KeptList, type KeptLists, type Member, digestOf } from '../rollout/membership.ts'

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

/** Of the parts that carry a plan's UID, those that the operator has written for it: a copy elsewhere, or under another name, is none. */
export function isPartOf(plan: RolloutPlan, { metadata, data }: MembershipPart): boolean {
  return (
    metadata.namespace === plan.metadata.namespace && metadata.name === nameOf(plan, data.stage, data.digest, data.part)
  )
}

function nameOf(plan: RolloutPlan, stage: string, digest: string, part: number): string {
  const position = plan.spec.stages.findIndex(({ id }) => id === stage)
  return `${plan.metadata.name}-${plan.metadata.uid.slice(0, 8)}-${position}-${digest}-${part}`
}

/** The objects that keep a stage's members. Names follow from the content, so that writing them again is harmless. */
export function partsOf(plan: RolloutPlan, stage: string, { digest, members }: Frozen): MembershipDraft[] {
  const { name, namespace, uid } = plan.metadata
  const position = plan.spec.stages.findIndex(({ id }) => id === stage)
  const parts = Math.ceil(members.length / PART_SIZE)
  return Array.from({ length: parts }, (_, part) => ({
    metadata: {
      name: nameOf(plan, stage, digest, part),
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
 * The lists of a plan's stages, put together from their parts, the oldest first. Which of a stage's lists is its own, its
 * status says. A list whose digest does not match its content is left out.
 */
export function keptListsOf(parts: readonly MembershipPart[]): KeptLists {
  const kept = new Map<string, readonly KeptList[]>()
  for (const list of Map.groupBy(parts, ({ data }) => `${data.stage}/${data.digest}`).values()) {
    const { stage, digest, parts: count } = list[0]!.data
    const whole = wholeList(list, count)
    if (whole?.digest === digest) kept.set(stage, [...(kept.get(stage) ?? []), whole].sort(oldestFirst))
  }
  return kept
}

function oldestFirst(a: KeptList, b: KeptList): number {
  return a.since - b.since || (a.digest < b.digest ? -1 : 1)
}

/** Parts that nobody needs: of a stage whose members are settled by another list, or which will not open any more. */
export function leftovers({ status }: RolloutPlan, parts: readonly MembershipPart[]): MembershipPart[] {
  return parts.filter(({ data }) => {
    const stage = status.stages?.find(({ id }) => id === data.stage)
    if (stage?.members) return stage.members.digest !== data.digest
    return hasEnded(status) || (stage !== undefined && stage.phase !== 'pending' && stage.phase !== 'open')
  })
}

/** Lists put together before, by their first part: parts never change, and a plan is looked at again and again. */
const assembled = new WeakMap<MembershipPart, { readonly parts: readonly MembershipPart[]; readonly whole: KeptList }>()

/** All members, with the digest of what is really there; undefined while parts are missing. */
function wholeList(list: readonly MembershipPart[], count: number): KeptList | undefined {
  const parts = [...list].sort((a, b) => a.data.part - b.data.part)
  const [first] = parts
  if (!first || parts.length !== count || parts.some(({ data }, position) => data.part !== position)) return undefined
  const before = assembled.get(first)
  if (before?.parts.length === count && before.parts.every((part, position) => part === parts[position]))
    return before.whole
  const members = parts.flatMap(({ data }) => data.members.map(([name, uid]): Member => ({ name, uid })))
  const since = Math.max(...parts.map(({ metadata }) => Date.parse(metadata.creationTimestamp)))
  const whole = { digest: digestOf(members), members, since }
  assembled.set(first, { parts, whole })
  return whole
}
