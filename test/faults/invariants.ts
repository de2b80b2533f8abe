import { annotationsOf } from '../../operator/api/names.ts'
import { readBitmap } from '../../operator/rollout/bitmap.ts'
import type { Observed } from './observer.ts'
import type { AnyObject } from './watch.ts'
import { type World, type WirePlan, type WireRecovery, type WireRevision, carries, membersOf } from './world.ts'
import { historyFlaws } from './history-flaws.ts'

/** One committed write, between the world as it was and the world as it is then. */
export type Committed = {
  readonly version: Observed
  readonly before: World
  readonly after: World
  /** UIDs of the recoveries that had taken effect before it. */
  readonly applied: ReadonlySet<string>
}

type Invariant = { readonly name: string; readonly flaws: (committed: Committed) => readonly string[] }

const TERMINAL: ReadonlySet<string | undefined> = new Set(['completed', 'rolled_back', 'cancelled'])

/**
 * What must hold at every committed write, whatever happened to the operator. Judged from the objects alone, with no
 * code of the operator's that decides anything.
 */
const INVARIANTS: readonly Invariant[] = [
  {
    name: 'an ended plan stays as it ended',
    flaws: planChange(({ status: before }, { status: after }) =>
      TERMINAL.has(before.phase) && before.phase !== after.phase ? [`${before.phase} became ${after.phase}`] : [],
    ),
  },
  {
    name: 'a closed stage stays closed, and marks only rise',
    flaws: planChange((before, after) =>
      (before.status.stages ?? []).flatMap(old => {
        const stage = after.status.stages?.find(({ id }) => id === old.id)
        if (stage === undefined) return [`stage ${old.id} has vanished`]
        const closed = old.phase === 'promoted' || old.phase === 'halted'
        return [
          ...(closed && stage.phase !== old.phase ? [`stage ${old.id}: ${old.phase} became ${stage.phase}`] : []),
          ...((stage.released ?? 0) < (old.released ?? 0) ? [`stage ${old.id}: the released mark sank`] : []),
          ...((stage.released ?? 0) > (old.released ?? 0) && isStopped(after)
            ? [`stage ${old.id}: the released mark rose after the stop`]
            : []),
          ...((stage.attempt ?? 0) < (old.attempt ?? 0) ? [`stage ${old.id}: the attempt sank`] : []),
          ...(old.members && stage.members?.digest !== old.members.digest ? [`stage ${old.id}: other members`] : []),
        ]
      }),
    ),
  },
  {
    name: 'a stage opens only when those before it are closed',
    flaws: planChange((_, { status }) => {
      const phases = (status.stages ?? []).map(stage => stage.phase)
      const open = phases.findIndex(phase => phase !== 'promoted' && phase !== 'halted')
      return open >= 0 && phases.slice(open + 1).some(phase => phase !== 'pending') ? [phases.join(', ')] : []
    }),
  },
  { name: 'each transition leaves one entry in the history', flaws: planChange(historyFlaws) },
  {
    name: 'no more than a batch is in flight',
    flaws: ({ after }) =>
      (after.plan?.spec.stages ?? []).flatMap(({ id, batchSize }) => {
        const moving = membersOf(after, id).filter(member => member.state === 'moving')
        return moving.length > Number(batchSize) ? [`stage ${id}: ${moving.map(({ name }) => name).join(', ')}`] : []
      }),
  },
  {
    name: 'a node is activated only below the released mark of a stage that has opened',
    flaws: activations((world, node, plan) => {
      const stage = plan.status.stages?.find(({ id }) =>
        membersOf(world, id).some(({ name }) => name === node.metadata.name),
      )
      const member = stage && membersOf(world, stage.id).find(({ name }) => name === node.metadata.name)
      if (!stage || !member) return [`${node.metadata.name} is nobody's member`]
      if (stage.phase === 'pending') return [`${node.metadata.name}: stage ${stage.id} has not opened`]
      return member.position < (stage.released ?? 0)
        ? []
        : [`${node.metadata.name} has position ${member.position} of stage ${stage.id}, released ${stage.released}`]
    }),
  },
  {
    name: 'a confirmed node keeps its release',
    flaws: nodeChange((before, after, { plan, ...world }) => {
      if (!plan || !carries(before, plan) || carries(after, plan)) return []
      const confirmed = (plan.status.stages ?? []).some(({ id, confirmed: bits }) =>
        membersOf({ plan, ...world }, id).some(
          ({ name, position }) => name === after.metadata.name && readBitmap(bits).has(position),
        ),
      )
      return confirmed ? [after.metadata.name] : []
    }),
  },
  {
    name: 'each recovery takes effect once',
    flaws: committed => {
      const { before, after, applied } = committed
      const [was, is] = [before.plan?.status.lastRecovery, after.plan?.status.lastRecovery]
      if (is === undefined) return was === undefined ? [] : ['the record of the last recovery has vanished']
      return was?.uid !== is.uid && applied.has(is.uid) ? [`${is.name} was applied again`] : []
    },
  },
  {
    name: 'a recovery is judged once, after it has taken effect',
    flaws: ({ version, before, after, applied }) => {
      if (version.kind !== 'recovery') return []
      const { metadata, status } = version.object as WireRecovery
      const old = before.recoveries.find(recovery => recovery.metadata.uid === metadata.uid)?.status.phase ?? 'Pending'
      if (old !== 'Pending' && status.phase !== old) return [`${metadata.name}: ${old} became ${status.phase}`]
      const effective = applied.has(metadata.uid) || after.plan?.status.lastRecovery?.uid === metadata.uid
      return status.phase === 'Succeeded' && !effective ? [`${metadata.name} succeeded without effect`] : []
    },
  },
]

/** Goes through a run's history, write by write, and says what was wrong where. */
export function flawsOf(history: readonly Observed[]): readonly string[] {
  let world: World = { plan: undefined, recoveries: [], nodes: [], revisions: [] }
  const applied = new Set<string>()
  return history.flatMap(version => {
    const before = world
    world = withVersion(world, version)
    const committed = { version, before, after: world, applied: new Set(applied) }
    const flaws = INVARIANTS.flatMap(({ name, flaws }) =>
      flaws(committed).map(flaw => `${name}: ${flaw} (${version.kind} at ${version.at})`),
    )
    const last = world.plan?.status.lastRecovery
    if (last) applied.add(last.uid)
    return flaws
  })
}

function withVersion(world: World, { kind, object, deleted }: Observed): World {
  const merged = <T extends AnyObject>(list: readonly T[]): readonly T[] => {
    const others = list.filter(({ metadata }) => metadata.name !== object.metadata.name)
    return deleted ? others : [...others, object as T]
  }
  switch (kind) {
    case 'plan':
      return { ...world, plan: deleted ? undefined : (object as WirePlan) }
    case 'recovery':
      return { ...world, recoveries: merged(world.recoveries) }
    case 'node':
      return { ...world, nodes: merged(world.nodes) }
    case 'revision':
      return { ...world, revisions: merged<WireRevision>(world.revisions) }
  }
}

function isStopped({ status }: WirePlan): boolean {
  return status.phase === 'rolled_back' || status.phase === 'cancelled' || status.phase === 'paused'
}

function planChange(judge: (before: WirePlan, after: WirePlan) => readonly string[]): Invariant['flaws'] {
  return ({ version, before, after }) =>
    version.kind === 'plan' && before.plan && after.plan ? judge(before.plan, after.plan) : []
}

function nodeChange(
  judge: (before: AnyObject, after: AnyObject, world: World) => readonly string[],
): Invariant['flaws'] {
  return ({ version, before, after }) => {
    const old = before.nodes.find(({ metadata }) => metadata.name === version.object.metadata.name)
    return version.kind === 'node' && old !== undefined ? judge(old, version.object, after) : []
  }
}

/** Judges each write that makes a node carry the plan's activation, or carry it for another attempt. */
function activations(judge: (world: World, node: AnyObject, plan: WirePlan) => readonly string[]): Invariant['flaws'] {
  return nodeChange((before, after, world) => {
    const { plan } = world
    if (!plan || !carries(after, plan)) return []
    const { attempt } = annotationsOf(plan.spec.activation.label)
    const attemptOf = (node: AnyObject) => node.metadata.annotations?.[attempt]
    const activated = !carries(before, plan) || attemptOf(before) !== attemptOf(after)
    return activated ? judge(world, after, plan) : []
  })
}
