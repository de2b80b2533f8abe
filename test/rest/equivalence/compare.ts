import type { AuditLine } from '../../../operator/api/audit.ts'
import type { RolloutPlan } from '../../../operator/api/object.ts'
import type { Caller } from '../door.ts'
import type { Ground } from '../ground.ts'
import { FLEET } from '../ground.ts'
import { type Path, type Verdict, planAtRest } from './path.ts'
import type { Action } from './sequence.ts'

/** What one sequence left behind, with what must differ made equal. */
export type Outcome = {
  readonly verdicts: readonly Verdict[]
  readonly plan: object
  readonly audit: readonly object[]
}

/** Plays a sequence through one path, one action after the other, each on a plan at rest. */
export async function play(
  path: Path,
  actions: readonly Action[],
  plan: string,
  reader: Caller,
): Promise<Omit<Outcome, 'audit'>> {
  await path.create(plan)
  await planAtRest(reader, plan)
  const verdicts: Verdict[] = []
  for (const [position, action] of actions.entries()) {
    verdicts.push(await path.act(plan, action, position))
    await planAtRest(reader, plan)
  }
  return { verdicts, plan: essence(await planAtRest(reader, plan), plan) }
}

/** The lines about a plan, in the order of events; what follows from time, names and doors left out. */
export function auditOf(ground: Pick<Ground, 'audit'>, plan: string): readonly object[] {
  return ground
    .audit()
    .filter(({ resource }) => resource === `${FLEET}/${plan}`)
    .map(plain)
}

function plain({ timestamp: _, resource: _resource, fields, ...line }: AuditLine): object {
  const { plan_uid: _uid, recovery: _recovery, door: _door, audit_id: _audit, user_uid: _user, ...rest } = fields
  return { ...line, fields: Object.fromEntries(Object.entries(rest).filter(([, value]) => !value.includes('plan '))) }
}

function essence({ status }: RolloutPlan, name: string): object {
  const { phase, currentStageId, stages = [], history = [], lastRecovery, conditions = [] } = status
  const own = (text = '') => text.replaceAll(name, 'PLAN').replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
  return {
    phase,
    currentStageId,
    stages: stages.map(({ id, phase: is, skipped, attempt, approvals = [], skippedGates = [], gates = [] }) => ({
      id,
      phase: is,
      skipped,
      attempt,
      approvals: approvals.map(({ operator }) => operator),
      skippedGates: skippedGates.map(({ gate, operator }) => [gate, operator]),
      gates: gates.map(({ name: gate, state }) => [gate, state]),
    })),
    history: history.map(({ event, stage, strategy, operator, message }) => ({
      event,
      stage,
      strategy,
      operator,
      message: own(message),
    })),
    last: lastRecovery && {
      strategy: lastRecovery.strategy,
      from: lastRecovery.previousPhase,
      to: lastRecovery.newPhase,
      skipped: lastRecovery.skippedStageId,
      gate: lastRecovery.skippedGate,
      next: lastRecovery.nextStageId,
    },
    conditions: conditions.map(({ type, status: is, reason, message }) => [type, is, reason, own(message)]),
  }
}
