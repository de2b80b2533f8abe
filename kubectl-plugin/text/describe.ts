import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import { since } from '../output/age.ts'
import { type Screen, paint } from '../output/screen.ts'
import { fields, table } from '../output/table.ts'
import type { Advice } from './advice.ts'
import { gatesText } from './gates.ts'
import { currentStage, phaseStyle, stuckOf, whyOf } from './phase.ts'
import { stagesText } from './stages.ts'

/** A plan for a person: where it is, why, and what can be done. */
export function describeText(plan: RolloutBody, advice: readonly Advice[], now: number, screen: Screen): string {
  const why = whyOf(plan)
  const stuck = stuckOf(plan)
  const stage = currentStage(plan)
  const position = plan.stages.findIndex(({ stage_id }) => stage_id === stage?.stage_id) + 1
  const head = fields(
    [
      ['Plan', plan.plan_id],
      ['Namespace', plan.namespace],
      ['Phase', { text: plan.phase, style: phaseStyle(plan.phase) }],
      ['Stage', stage && `${stage.stage_id} (${position} of ${plan.stages.length}), ${stage.phase}`],
      ['Nodes', plan.progress && `${plan.progress} activated`],
      ['Unassigned', plan.unassigned ? `${plan.unassigned} nodes of the fleet belong to no stage` : undefined],
      ['Release', plan.release],
      ['Artifact', plan.artifact_ref],
      ['Waiting for', plan.waiting_for],
      ['Reason', why?.reason],
      ['Message', why?.message],
      ['Stuck', stuck && { text: `since ${since(plan.updated_at, now)}`, style: 'red' }],
      ['Created', `${since(plan.created_at, now)}${plan.created_by === undefined ? '' : ` by ${plan.created_by}`}`],
      ['Started', since(plan.started_at, now)],
      ['Updated', since(plan.updated_at, now)],
      ['Ended', since(plan.completed_at, now)],
    ],
    screen,
  )
  const section = (title: string, text: string) => `\n${paint(screen, 'bold', `${title}:`)}\n${text}`
  const failing = plan.failing_nodes.map(({ name, stage_id, reason, message }) => [name, stage_id, reason, message])
  const gates = stage?.gates ?? []
  return [
    head,
    section('Stages', stagesText(plan.stages, screen)),
    ...(gates.length === 0 ? [] : [section(`Gates of ${stage?.stage_id}`, gatesText(gates, now, screen))]),
    ...(failing.length === 0
      ? []
      : [
          section(
            'Failing nodes',
            table(
              ['NODE', 'STAGE', 'REASON', 'MESSAGE'].map(title => ({ title })),
              failing,
              screen,
            ),
          ),
        ]),
    ...(advice.length === 0 ? [] : [section('What you can do', adviceText(advice, screen))]),
  ].join('')
}

function adviceText(advice: readonly Advice[], screen: Screen): string {
  return advice.map(({ when, command }) => `${when}\n  ${paint(screen, 'cyan', command)}\n`).join('')
}
