import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import { currentStage, type Stage } from './phase.ts'

/** What an action would do to a plan as it is now; for the question that is asked before. */
export type Consequences = {
  readonly title: string
  /** Each a sentence: who is activated, in flight, untouched; what is lost. */
  readonly lines: readonly string[]
  /** It cannot be taken back: a person is asked first. */
  readonly final: boolean
}

type Nodes = {
  readonly activated: number
  readonly inFlight: number
  readonly failed: number
  readonly waiting: number
}

/**
 * Pure: counts are those of the plan as it was read.
 *
 * @param stageId the stage that is meant; default: the current one
 */
export function consequencesOf(plan: RolloutBody, strategy: Strategy, stageId?: string): Consequences {
  const stage = stageId === undefined ? currentStage(plan) : plan.stages.find(({ stage_id }) => stage_id === stageId)
  const all = nodesOf(plan.stages)
  const here = nodesOf(stage === undefined ? [] : [stage])
  const next = plan.stages[plan.stages.findIndex(({ stage_id }) => stage_id === stage?.stage_id) + 1]
  const named = stage === undefined ? 'the current stage' : `stage ${stage.stage_id}`
  const opened = plan.stages.filter(({ phase }) => phase === 'pending').length
  const keep = nodes(all.activated, 'activated node', 'keeps', 'keep', `release ${plan.release}`)
  const back = nodes(all.inFlight, 'node in flight', 'gets', 'get', 'back what it had', 'back what they had')
  const failed = nodes(all.failed, 'failed node', 'stays as it is', 'stay as they are')
  const untouched = untouchedLine(all.waiting, opened)
  switch (strategy) {
    case 'rollback':
    case 'cancel':
      return {
        title: strategy === 'rollback' ? `Roll plan ${plan.plan_id} back` : `Cancel plan ${plan.plan_id}`,
        lines: [
          ...keep,
          ...back,
          ...failed,
          ...untouched,
          'The plan has ended then and cannot be started again: what is left needs a new plan.',
        ],
        final: true,
      }
    case 'skip_failed':
      return {
        title: `Skip ${named} of plan ${plan.plan_id}`,
        lines: [
          `${capital(named)} counts as promoted, past ${gatesLine(stage)}.`,
          ...nodes(here.inFlight + here.waiting, 'node of it', 'is', 'are', 'caught up later'),
          ...nodes(here.failed, 'failed node', 'stays as it is', 'stay as they are'),
          next === undefined
            ? 'It is the last stage: the plan is completed.'
            : `Stage ${next.stage_id} opens at once, and its nodes are activated.`,
          'This cannot be taken back.',
        ],
        final: true,
      }
    case 'halt':
      return {
        title: `Halt ${named} of plan ${plan.plan_id}`,
        lines: [
          ...keep,
          ...back,
          `${capital(named)} is closed for good, and the plan is paused.`,
          next === undefined
            ? 'It is the last stage: retry completes the plan without it.'
            : `retry goes on with stage ${next.stage_id}; what is left of this one is not activated any more.`,
        ],
        final: true,
      }
    case 'approve': {
      const open = (stage?.gates ?? []).filter(gate => !gate.passed && gate.kind !== 'manual')
      return {
        title: `Approve the manual gate of ${named} of plan ${plan.plan_id}`,
        lines: [
          ...(here.inFlight + here.waiting > 0
            ? nodes(here.inFlight + here.waiting, 'node of the stage', 'has', 'have', 'not settled yet')
            : []),
          ...open.map(({ name, state, detail }) => `Gate ${name} is ${state}: ${detail}.`),
          next === undefined
            ? 'With the last approval the plan is completed, once everything else holds.'
            : `With the last approval stage ${next.stage_id} opens, once everything else holds.`,
          'An approval cannot be taken back.',
        ],
        final: true,
      }
    }
    case 'retry':
    case 'pause':
    case 'resume':
      return { title: `${capital(strategy)} plan ${plan.plan_id}`, lines: [], final: false }
  }
}

/** As a question is asked below it. */
export function consequencesText({ title, lines }: Consequences): string {
  return `${title}?\n${lines.map(line => `  - ${line}\n`).join('')}`
}

function nodesOf(stages: readonly Stage[]): Nodes {
  const sum = (of: (counts: NonNullable<Stage['counts']>) => number) =>
    stages.reduce((total, { counts }) => total + (counts === undefined ? 0 : of(counts)), 0)
  return {
    activated: sum(counts => counts.activated),
    inFlight: sum(counts => counts.activating),
    failed: sum(counts => counts.failed),
    waiting: sum(counts => counts.pending + counts.unreachable),
  }
}

/** `3 activated nodes keep release 2.`; nothing for none. */
function nodes(
  count: number,
  what: string,
  one: string,
  many: string,
  rest = '',
  restOfMany = rest,
): readonly string[] {
  if (count === 0) return []
  const [noun, ...after] = what.split(/(?= of | in )/)
  const words = count === 1 ? [what, one, rest] : [plural(noun ?? what, after.join('')), many, restOfMany]
  return [`${count} ${words.filter(word => word !== '').join(' ')}.`]
}

function plural(noun: string, after: string): string {
  return `${noun}s${after}`
}

function untouchedLine(waiting: number, stages: number): readonly string[] {
  const later = stages === 0 ? '' : `${stages} ${stages === 1 ? 'stage has' : 'stages have'} not been opened`
  if (waiting === 0) return later === '' ? [] : [`${later}: no node of them is touched.`]
  const here = `${waiting} ${waiting === 1 ? 'node waits' : 'nodes wait'} for ${waiting === 1 ? 'its' : 'their'} turn and ${waiting === 1 ? 'stays' : 'stay'} untouched`
  return [later === '' ? `${here}.` : `${here}; ${later}.`]
}

function gatesLine(stage: Stage | undefined): string {
  const open = (stage?.gates ?? []).filter(gate => !gate.passed)
  return open.length === 0 ? 'whatever holds it' : open.map(({ name, state }) => `gate ${name} (${state})`).join(', ')
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
