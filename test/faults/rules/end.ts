import { readBitmap } from '../../../operator/rollout/bitmap.ts'
import { type World, carries, listOf, membersOf } from '../world.ts'
import { isStopped } from './rule.ts'

/** What must hold of one plan when its run is over and everybody has done what they had to. */
export function endFlaws(world: World, applied: ReadonlySet<string>): readonly string[] {
  return [...inFlight(world), ...wrongCounts(world), ...recoveries(world, applied)]
}

/** What was in flight at a stop is withdrawn. */
function inFlight(world: World): readonly string[] {
  const { plan } = world
  return (plan?.status.stages ?? []).flatMap(({ id, phase, confirmed }) => {
    if (!plan || (!isStopped(plan) && phase !== 'halted')) return []
    const { has } = readBitmap(confirmed)
    return membersOf(world, id)
      .filter(({ name, position }) => {
        const node = world.nodes.find(({ metadata }) => metadata.name === name)
        return node !== undefined && carries(node, plan) && !has(position)
      })
      .map(({ name }) => `at the end: ${name} still carries the release of a stage that was stopped`)
  })
}

/** The counts of a status are those of the nodes. */
function wrongCounts(world: World): readonly string[] {
  return (world.plan?.status.stages ?? []).flatMap(({ id, counts, confirmed }) => {
    const list = listOf(world, id)
    if (counts === undefined) return list.length === 0 ? [] : [`at the end: stage ${id} has members and no counts`]
    const members = membersOf(world, id)
    const { has } = readBitmap(confirmed)
    const wanted = {
      gone: list.filter(([, uid], position) => !has(position) && !world.nodes.some(node => node.metadata.uid === uid))
        .length,
      failed: members.filter(({ state }) => state === 'failed').length,
      activating: members.filter(({ state }) => state === 'moving').length,
      unreachable: members.filter(({ state }) => state === 'away').length,
    }
    return Object.entries(wanted).flatMap(([state, count]) => {
      const told = counts[state as keyof typeof wanted]
      return told === count ? [] : [`at the end: stage ${id} counts ${told} ${state}, and ${count} are`]
    })
  })
}

function recoveries(world: World, applied: ReadonlySet<string>): readonly string[] {
  return world.recoveries.flatMap(({ metadata, status }) => {
    if (status.phase === 'Pending') return [`at the end: ${metadata.name} has no verdict`]
    const effective = applied.has(metadata.uid)
    return effective === (status.phase === 'Succeeded')
      ? []
      : [`at the end: ${metadata.name} is ${status.phase}, and ${effective ? 'took' : 'never took'} effect`]
  })
}
