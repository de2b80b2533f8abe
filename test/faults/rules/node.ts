import { REPORT_ANNOTATION, annotationsOf } from '../../../operator/api/names.ts'
import { readBitmap } from '../../../operator/rollout/bitmap.ts'
import { type World, carries, listOf, membersOf, stageOf } from '../world.ts'
import { type Rule, activation, isStopped, nodeChange } from './rule.ts'

export const NODE_RULES: readonly Rule[] = [
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
    flaws: activation((world, { metadata: { name, uid } }) => {
      const stage = stageOfNode(world, uid)
      if (!stage) return [`${name} is nobody's member`]
      if (stage.phase === 'pending') return [`${name}: stage ${stage.id} has not opened`]
      const position = listOf(world, stage.id).findIndex(([, member]) => member === uid)
      const { released = 0 } = stage
      return position < released ? [] : [`${name} has position ${position} of stage ${stage.id}, released ${released}`]
    }),
  },
  {
    name: 'a node is activated for the attempt and the stage that it is in',
    flaws: activation((world, { metadata: { name, uid, annotations } }, plan) => {
      const own = annotationsOf(plan.spec.activation.label)
      const stage = stageOfNode(world, uid)
      const [id, attempt] = [annotations?.[own.stage], Number(annotations?.[own.attempt])]
      if (id !== stage?.id) return [`${name} is told stage ${id}, and belongs to ${stage?.id}`]
      return attempt > (stage?.attempt ?? 1) ? [`${name} is told attempt ${attempt} of ${stage?.attempt}`] : []
    }),
  },
  {
    name: 'a node that has moved is not told again',
    flaws: activation((_, { metadata: { name, annotations } }, plan) => {
      const { attempt } = annotationsOf(plan.spec.activation.label)
      return Number(annotations?.[attempt]) > 1 && annotations?.[REPORT_ANNOTATION] === plan.spec.release ? [name] : []
    }),
  },
  {
    name: 'a confirmed node keeps its release',
    flaws: nodeChange((before, after, world) => {
      const { plan, others } = world
      if (!plan || !carries(before, plan) || carries(after, plan)) return []
      if (others.some(other => carries(after, other) && other.status.phase !== 'published' && !isStopped(other)))
        return []
      const { uid, name } = after.metadata
      const confirmed = (plan.status.stages ?? []).some(({ id, confirmed: bits }) => {
        const position = listOf(world, id).findIndex(([, member]) => member === uid)
        return position >= 0 && readBitmap(bits).has(position)
      })
      return confirmed ? [name] : []
    }),
  },
]

/** Holds where one process at a time writes, and what it has sent has arrived before anything else is decided. */
export const SINGLE_WRITER_RULES: readonly Rule[] = [
  {
    name: 'no node is activated after a stop',
    flaws: activation((world, { metadata: { name, uid } }, plan) => {
      const stage = stageOfNode(world, uid)
      return isStopped(plan) || plan.status.phase === 'paused' || stage?.phase === 'halted'
        ? [`${name}: the plan is ${plan.status.phase}, its stage ${stage?.phase}`]
        : []
    }),
  },
]

function stageOfNode(world: World, uid: string) {
  const id = world.plan?.spec.stages.find(stage => listOf(world, stage.id).some(([, member]) => member === uid))?.id
  return id === undefined ? undefined : stageOf(world, id)
}
