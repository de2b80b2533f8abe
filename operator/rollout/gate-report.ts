import type { Evidence } from '../api/gate-state.ts'
import type { RolloutPlan, RolloutRecovery } from '../api/object.ts'
import type { GateSpec } from '../api/rollout-plan.ts'
import type { StageStatus } from '../api/rollout-plan-status.ts'
import type { Draft } from './decision.ts'
import { callbackOf } from './gates/callback.ts'
import { evaluationOf } from './gates/evaluation.ts'
import { askGates, gateName, skipperOf, stateOf } from './gates/gate.ts'
import { readingKey } from './gates/reading.ts'
import { startOf } from './gates/watched.ts'
import { judgeReport } from './gates/webhook.ts'
import { type Refusal, type Step, refuse, replaced } from './outcome.ts'
import type { SurveyedStage } from './survey.ts'
import { instant, timestamp } from './time.ts'

type Same = Pick<Draft, 'phase' | 'stages' | 'currentStageId'>

/**
 * The verdict of a service that has taken a question on, as a reading of the gate that has asked.
 *
 * One report counts for one question, and only for the one that is waited for. It is no progress of the plan: a service
 * that reports again and again that it cannot tell must not hide that the plan is stuck.
 */
export function report(
  plan: RolloutPlan,
  { spec }: RolloutRecovery,
  same: Same,
  surveyed: SurveyedStage | undefined,
  now: number,
): Step | Refusal {
  const current = same.stages.find(({ id }) => id === same.currentStageId)
  if (!current) return refuse('no_current_stage', `plan ${plan.metadata.name} has not opened a stage yet`)
  if (current.phase === 'halted') return refuse('stage_halted', `stage ${current.id} was halted for good`)
  const gates = plan.spec.stages.find(({ id }) => id === current.id)?.gates ?? []
  const gate = gates.find(known => gateName(known) === spec.gate)
  if (!gate) return refuse('gate_not_found', `stage ${current.id} has no gate ${spec.gate ?? ''}`)
  const name = gateName(gate)
  if (callbackOf(gate) === undefined)
    return refuse(
      'no_callback_gate',
      `gate ${name} of stage ${current.id} takes no reports: it has no webhook.callback`,
    )
  const by = skipperOf(current, name)
  if (by !== undefined) return refuse('already_skipped', `gate ${name} of stage ${current.id} was skipped by ${by}`)
  if (spec.report === undefined) return notAwaited(name, 'the report names no question')
  const { uid, stage, gate: meant, at } = evaluationOf(spec.report.evaluation)
  if (uid !== plan.metadata.uid)
    return refuse('plan_replaced', `plan ${plan.metadata.name} has UID ${plan.metadata.uid}, and ${uid} was asked for`)
  if (stage !== current.id || meant !== name) return notAwaited(name, `gate ${meant} of stage ${stage} was asked`)

  const awaited = awaits(gate, current, at, now)
  if (awaited.kind === 'refused') return awaited
  const situation = { kind: 'stepping', message: `gate ${name} was reported on as ${spec.report.state}` } as const
  if (awaited.kind === 'unrecorded' || surveyed?.kind !== 'known') return { ...same, situation, postponed: true }
  const reading = judgeReport(spec.report.state, spec.reason, at, now)
  const readings = new Map([[readingKey(current.id, name), [reading]]])
  const [result] = askGates([gate], { stage: current, members: surveyed.members, now, readings })
  if (result?.evidence === undefined) return notAwaited(name, 'no node of the stage runs the release any more')
  const states = (current.gates ?? []).map(known => (known.name === name ? stateOf(result) : known))
  return { ...same, stages: replaced(same.stages, { ...current, gates: states }), situation }
}

/** How much longer than an answer may take it is until the question is in the plan's status, in milliseconds. */
const RECORDING = 15_000

/**
 * Whether the question is the one that the gate waits for.
 *
 * `unrecorded`: nothing speaks against it, but the status does not say that it was asked, or not yet: a report may come
 * before the answer that promises it. That is known soon.
 */
function awaits(
  gate: GateSpec,
  stage: StageStatus,
  at: number,
  now: number,
): { readonly kind: 'awaited' | 'unrecorded' } | Refusal {
  const name = gateName(gate)
  const start = startOf(stage, now)
  const asked = `the question of ${timestamp(at)}`
  if (at < start) {
    const since = stage.retriedAt === undefined ? 'opened' : 'was opened or last retried'
    return notAwaited(name, `${asked} is from before stage ${stage.id} ${since}, at ${timestamp(start)}`)
  }
  const known = stage.gates?.find(state => state.name === name)?.evidence
  const evidence = known && instant(known.readAt) >= start ? known : undefined
  const by = evidence?.reportBy === undefined ? undefined : instant(evidence.reportBy)
  if (evidence?.askedAt !== undefined && instant(evidence.askedAt) === at) {
    if (by === undefined) return refuse('already_reported', `${asked} was reported on already, as ${toldOf(evidence)}`)
    if (now <= by) return { kind: 'awaited' }
    return notAwaited(name, `the report on ${asked} was waited for until ${timestamp(by)}, and it is asked anew`)
  }
  if (by !== undefined && now <= by)
    return notAwaited(name, `it waits for a report on the question of ${evidence?.askedAt ?? ''}, not on ${asked}`)
  const covered = evidence !== undefined && at <= instant(evidence.readAt)
  const recordedBy = at + (gate.webhook?.timeoutSeconds ?? 0) * 1000 + RECORDING
  if (covered || at > now + RECORDING || now > recordedBy)
    return notAwaited(name, `${asked} was not asked, or not taken on, or another has been asked since`)
  return { kind: 'unrecorded' }
}

function toldOf({ verdict, value = 'unknown' }: Evidence): string {
  return verdict === 'unknown' ? 'unknown' : value
}

function notAwaited(gate: string, why: string): Refusal {
  return refuse('evaluation_not_awaited', `gate ${gate} waits for no such report: ${why}`)
}
