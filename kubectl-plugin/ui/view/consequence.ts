import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { type Deed, currentStage, holdsUp, openManualGate } from './offer.ts'
import { type Kind, type Shares, type Stage, WORDS, nodes, sharesOf, sum } from './shares.ts'

/** What will happen, before anybody says yes. */
export type Consequence = {
  /** `Roll back agent-2`. */
  readonly title: string
  /** One sentence for each group of nodes: activated, in flight, untouched. */
  readonly effects: readonly string[]
  /** What cannot be had back; empty when nothing is lost. */
  readonly lost: string
}

/** What a person can ask for here: an action of the whole plan or stage, or one gate of it to be passed. */
export type Wanted = { readonly deed: Deed } | { readonly deed: 'skip_gate'; readonly gate: string }

export function consequenceFor(plan: RolloutBody, wanted: Wanted): Consequence {
  return wanted.deed === 'skip_gate' ? skippedGate(plan, wanted.gate) : consequenceOf(plan, wanted.deed)
}

export function consequenceOf(plan: RolloutBody, deed: Deed): Consequence {
  const stage = currentStage(plan)
  const all = sum(plan.stages.map(({ counts }) => sharesOf(counts)))
  const here = sharesOf(stage?.counts)
  const name = stage?.stage_id ?? 'to come'
  switch (deed) {
    case 'rollback':
      return {
        title: `Roll back ${plan.plan_id}`,
        effects: [
          group('activated', all.activated, `kept on release ${plan.release}, nothing is reverted there`),
          withdrawn(all),
          untouched(plan, all, 'never touched by this plan'),
        ],
        lost: 'The plan ends for good as rolled_back. Going on takes a new plan.',
      }
    case 'retry':
      return retry(plan, stage, here)
    case 'skip_failed':
      return skip(plan, stage, here)
    case 'halt':
      return {
        title: `Halt stage ${name} of ${plan.plan_id}`,
        effects: [
          group('activated', here.activated, 'kept'),
          withdrawn(here),
          `${nodes(here.pending + here.failed + here.unreachable)} not activated: never activated by this plan in this stage`,
          'The plan pauses; retry goes on with the next stage.',
        ],
        lost: `Stage ${name} is closed for good: it cannot be opened again.`,
      }
    case 'pause':
      return {
        title: `Pause ${plan.plan_id}`,
        effects: [
          group('inFlight', here.inFlight, 'allowed to finish'),
          untouched(plan, all, 'not reached until somebody resumes the plan'),
          'Soaks go on while the plan is paused.',
        ],
        lost: '',
      }
    case 'resume':
      return {
        title: `Resume ${plan.plan_id}`,
        effects: [`Stage ${name} goes on where it was`, untouched(plan, all, 'reached in batches again')],
        lost: '',
      }
    case 'approve':
      return approval(plan, stage)
  }
}

function retry(plan: RolloutBody, stage: Stage | undefined, here: Shares): Consequence {
  const title = `Retry ${plan.plan_id}`
  const lost = ''
  if (stage === undefined) return { title, effects: ['The plan starts at once'], lost }
  if (stage.phase === 'halted')
    return {
      title,
      effects: [
        `Stage ${stage.stage_id} stays halted: its ${nodes(here.pending + here.failed + here.unreachable)} without the release are not activated`,
        following(plan, stage),
      ],
      lost,
    }
  return {
    title,
    effects: [
      group('failed', here.failed, 'tried again, in batches'),
      group('activated', here.activated, 'kept, and stages promoted before stay promoted'),
      group('inFlight', here.inFlight, 'waited for as before'),
      group('pending', here.pending + here.unreachable, 'reached in batches as before'),
    ],
    lost,
  }
}

function skip(plan: RolloutBody, stage: Stage | undefined, here: Shares): Consequence {
  const name = stage?.stage_id ?? ''
  const missing = (stage?.gates ?? []).filter(holdsUp)
  const gates = missing.map(({ name, detail }) => `${name} (${detail})`).join(', ')
  return {
    title: `Skip what holds stage ${name} of ${plan.plan_id}`,
    effects: [
      gates === '' ? 'Stage promoted now' : `Promoted past ${missing.length === 1 ? 'gate' : 'gates'} ${gates}`,
      group('failed', here.failed, 'left alone'),
      group('activated', here.activated, 'kept'),
      group('inFlight', here.inFlight, 'allowed to finish'),
      group('pending', here.pending + here.unreachable, "caught up later, at this stage's batch size"),
      following(plan, stage),
    ],
    lost: `Stage ${name} is promoted for good: its gates are never asked again.`,
  }
}

/** Having one gate passed. */
export function skippedGate(plan: RolloutBody, name: string): Consequence {
  const stage = currentStage(plan)
  const gate = stage?.gates.find(known => known.name === name)
  const others = (stage?.gates ?? []).filter(known => known.name !== name && holdsUp(known))
  return {
    title: `Skip gate ${name} of stage ${stage?.stage_id ?? ''} of ${plan.plan_id}`,
    effects: [
      gate === undefined
        ? 'The stage has no such gate'
        : `It is passed for this stage, under your name (${gate.detail})`,
      others.length === 0
        ? 'No other gate holds the stage: it is promoted when its nodes have settled'
        : `Still missing besides: ${others.map(other => other.name).join(', ')}`,
    ],
    lost: 'It cannot be taken back: the gate is not asked again in this stage.',
  }
}

function approval(plan: RolloutBody, stage: Stage | undefined): Consequence {
  const manual = openManualGate(plan)
  const detail = stage?.gates.find(({ name }) => name === manual?.gate)?.detail ?? ''
  const others = (stage?.gates ?? []).filter(gate => holdsUp(gate) && gate.name !== manual?.gate)
  return {
    title: `Approve gate ${manual?.gate ?? ''} of stage ${manual?.stage ?? ''} of ${plan.plan_id}`,
    effects: [
      `So far: ${detail}. Yours is added, under your name.`,
      others.length === 0
        ? 'Once it has its approvals and its nodes have settled, the stage is promoted.'
        : `Still missing besides: ${others.map(({ name }) => name).join(', ')}`,
      following(plan, stage),
    ],
    lost: 'An approval cannot be taken back.',
  }
}

const NONE: { readonly [kind in Kind]: string } = {
  activated: 'No node is activated',
  inFlight: 'No node is in flight',
  failed: 'No node has failed',
  unreachable: 'No node is unreachable',
  pending: 'Every node of the stage was reached',
  gone: 'No node was deleted',
}

/** What becomes of the nodes in one state. */
function group(kind: Kind, count: number, fate: string): string {
  return count === 0 ? NONE[kind] : `${nodes(count)} ${WORDS[kind]}: ${fate}`
}

function following({ stages }: RolloutBody, stage: Stage | undefined): string {
  const next = stages[stages.findIndex(({ stage_id }) => stage_id === stage?.stage_id) + 1]
  return next === undefined ? 'It is the last stage: the plan is completed then' : `Stage ${next.stage_id} opens then`
}

function withdrawn({ inFlight }: Shares): string {
  return group('inFlight', inFlight, 'given back what they had before')
}

function untouched({ stages }: RolloutBody, { pending, unreachable }: Shares, what: string): string {
  const unopened = stages.filter(({ phase }) => phase === 'pending').map(({ stage_id }) => stage_id)
  const rest =
    unopened.length === 0 ? '' : `, and all of ${unopened.length === 1 ? 'stage' : 'stages'} ${unopened.join(', ')}`
  return `${nodes(pending + unreachable)} not reached${rest}: ${what}`
}
