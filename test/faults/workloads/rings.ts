import type { StageDraft, Workload } from '../workload.ts'
import { type Member, type World, membersOf, stageOf } from '../world.ts'

type Labels = Workload['nodes'][number]

/** So many nodes in each ring: `rings({ canary: 1, rest: 2 })`. */
export function rings(sizes: { readonly [ring: string]: number }): readonly Labels[] {
  return Object.entries(sizes).flatMap(([ring, size]) => Array.from({ length: size }, () => ({ ring })))
}

/** A stage of the ring of its own name. */
export function ringStage(id: string, batchSize: number, more: Partial<StageDraft> = {}): StageDraft {
  return { id, nodes: { selector: { matchLabels: { ring: id } } }, batchSize, ...more }
}

/** Every node moves when it is told. */
export const allMove: Workload['answers'] = (_, moving) => moving.map(member => [member, 'moved'] as const)

/** The first node of the stage does not, in its first attempt. The answer comes first, so that nothing goes on before it. */
export function firstFails(failing: string): Workload['answers'] {
  return (stage, moving) =>
    moving.map(member => [member, stage === failing && failsFirst(member) ? 'failed' : 'moved'] as const)
}

/** The agents of the stage do not answer while that holds. */
export function silentWhile(stage: string, holds: (world: World) => boolean): Workload['answers'] {
  return (id, moving, world) =>
    moving.map(member => [member, id === stage && holds(world) ? undefined : 'moved'] as const)
}

export function isStalled({ plan }: World, wanted: string): boolean {
  return (plan?.status.conditions ?? []).some(
    ({ type, status, reason }) => type === 'Stalled' && status === 'True' && reason === wanted,
  )
}

/** Whether members at these positions are in flight. */
export function areMoving(world: World, stage: string, ...positions: readonly number[]): boolean {
  const members = membersOf(world, stage)
  return positions.every(wanted => members.some(({ position, state }) => position === wanted && state === 'moving'))
}

export function hasSettled(world: World, stage: string): boolean {
  return stageOf(world, stage)?.settledAt !== undefined
}

function failsFirst({ position, attempt }: Member): boolean {
  return position === 0 && attempt === 1
}
