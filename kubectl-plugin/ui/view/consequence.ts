import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { type Deed, currentStage, openManualGate } from './offer.ts'
import { type Shares, type Stage, nodes, sharesOf, sum } from './shares.ts'

/** What will happen, before anybody says yes. */
export type Consequence = {
  /** `Roll back agent-2`. */
  readonly title: string
  /** One sentence for each group of nodes: activated, in flight, untouched. */
  readonly effects: readonly string[]
  /** What cannot be had back; empty when nothing is lost. */
  readonly lost: string
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
          `${nodes(all.activated)} activated: ${all.activated === 1 ? 'it keeps' : 'they keep'} running release ${plan.release}, nothing is reverted there`,
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
          `${nodes(here.activated)} activated: kept`,
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
          `${nodes(here.inFlight)} in flight: allowed to finish`,
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
      `${nodes(here.failed)} failed in stage ${stage.stage_id}: tried again, in batches`,
      `${nodes(here.activated)} activated: kept, and stages promoted before stay promoted`,
      `${nodes(here.inFlight)} in flight and ${nodes(here.pending)} not reached: the stage goes on with them`,
    ],
    lost,
  }
}

function skip(plan: RolloutBody, stage: Stage | undefined, here: Shares): Consequence {
  const name = stage?.stage_id ?? ''
  const missing = (stage?.gates ?? []).filter(({ passed }) => !passed)
  const gates = missing.map(({ name, detail }) => `${name} (${detail})`).join(', ')
  return {
    title: `Skip what holds stage ${name} of ${plan.plan_id}`,
    effects: [
      gates === '' ? 'Stage promoted now' : `Promoted past ${missing.length === 1 ? 'gate' : 'gates'} ${gates}`,
      `${nodes(here.failed)} failed: left alone`,
      `${nodes(here.activated)} activated: kept`,
      `${nodes(here.inFlight)} in flight: allowed to finish`,
      `${nodes(here.pending + here.unreachable)} not reached: caught up later, at this stage's batch size`,
      following(plan, stage),
    ],
    lost: `Stage ${name} is promoted for good: its gates are never asked again.`,
  }
}

function approval(plan: RolloutBody, stage: Stage | undefined): Consequence {
  const manual = openManualGate(plan)
  const detail = stage?.gates.find(({ name }) => name === manual?.gate)?.detail ?? ''
  const others = (stage?.gates ?? []).filter(({ passed, name }) => !passed && name !== manual?.gate)
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

function following({ stages }: RolloutBody, stage: Stage | undefined): string {
  const next = stages[stages.findIndex(({ stage_id }) => stage_id === stage?.stage_id) + 1]
  return next === undefined ? 'It is the last stage: the plan is completed then' : `Stage ${next.stage_id} opens then`
}

function withdrawn({ inFlight }: Shares): string {
  return inFlight === 0 ? 'No node is in flight' : `${nodes(inFlight)} in flight: given back what they had before`
}

function untouched({ stages }: RolloutBody, { pending, unreachable }: Shares, what: string): string {
  const unopened = stages.filter(({ phase }) => phase === 'pending').map(({ stage_id }) => stage_id)
  const rest =
    unopened.length === 0 ? '' : `, and all of ${unopened.length === 1 ? 'stage' : 'stages'} ${unopened.join(', ')}`
  return `${nodes(pending + unreachable)} not reached${rest}: ${what}`
}
