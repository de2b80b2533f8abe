import { annotationsOf } from '../../../operator/api/names.ts'
import type { Observed } from '../observer.ts'
import { type WireNode, type WirePlan, type World, carries } from '../world.ts'

/** One committed write, between the world as it was and the world as it is then, for one plan. */
export type Committed = {
  readonly version: Observed
  readonly before: World
  readonly after: World
  /** UIDs of the recoveries that had taken effect before it. */
  readonly applied: ReadonlySet<string>
}

/** What must hold at every committed write. Judged from the objects alone, with no code of the operator's that decides anything. */
export type Rule = { readonly name: string; readonly flaws: (committed: Committed) => readonly string[] }

/** Judges each write of the plan. */
export function planChange(
  judge: (before: WirePlan, after: WirePlan, committed: Committed) => readonly string[],
): Rule['flaws'] {
  return committed => {
    const { version, before, after } = committed
    const ours = version.kind === 'plan' && version.object.metadata.name === after.plan?.metadata.name
    return ours && before.plan && after.plan ? judge(before.plan, after.plan, committed) : []
  }
}

/** Judges each write of a node that was there before. */
export function nodeChange(
  judge: (before: WireNode, after: WireNode, world: World) => readonly string[],
): Rule['flaws'] {
  return ({ version, before, after }) => {
    if (version.kind !== 'node') return []
    const { uid } = version.object.metadata
    const [old, now] = [before, after].map(({ nodes }) => nodes.find(({ metadata }) => metadata.uid === uid))
    return old && now ? judge(old, now, after) : []
  }
}

/** Judges each write that makes a node carry the plan's activation, or carry it for another attempt. */
export function activation(judge: (world: World, node: WireNode, plan: WirePlan) => readonly string[]): Rule['flaws'] {
  return nodeChange((before, after, world) => {
    const { plan } = world
    if (!plan || !carries(after, plan)) return []
    const { attempt } = annotationsOf(plan.spec.activation.label)
    const attemptOf = (node: WireNode) => node.metadata.annotations?.[attempt]
    const activated = !carries(before, plan) || attemptOf(before) !== attemptOf(after)
    return activated ? judge(world, after, plan) : []
  })
}

export function isStopped({ status }: WirePlan): boolean {
  return status.phase === 'rolled_back' || status.phase === 'cancelled'
}
