import { gatesOf } from '../../rollout/report/gate.ts'
import { historyOf } from '../../rollout/report/history.ts'
import { NODE_STATES, nodesOf } from '../../rollout/report/node.ts'
import type { Exchange, Reply } from '../exchange.ts'
import { Failure } from '../failure.ts'
import { checkParameters, oneOf } from '../parameter.ts'
import { printable } from '../path.ts'
import { type Surface, planOf } from '../surface.ts'
import { gateBody } from './gate.ts'
import { pageOf } from './page.ts'
import { given } from './given.ts'
import { API } from './rollout.ts'

/** GET /rollouts/{plan_id}/stages/{stage_id}/gates. */
export async function gates(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, [])
  const plan = await planOf(exchange, surface)
  const stage = exchange.params['stage'] ?? ''
  const report = gatesOf(plan, stage)
  if (!report)
    throw noStage(
      plan.metadata.name,
      stage,
      plan.spec.stages.map(({ id }) => id),
    )
  const { stagePhase, gates, manualApproved, allPassed } = report
  const body = {
    kind: 'GateReport',
    apiVersion: API,
    metadata: {},
    stage_phase: stagePhase,
    gates: gates.map(gateBody),
    manual_approved: manualApproved,
    all_passed: allPassed,
  }
  return { code: 200, body }
}

/** GET /rollouts/{plan_id}/nodes: one row a member of the stages opened so far. */
export async function nodes(exchange: Exchange, surface: Surface): Promise<Reply> {
  const { query } = exchange
  checkParameters(query, ['stage', 'state', 'limit', 'continue'])
  const state = oneOf(query, 'state', NODE_STATES)
  const stage = query.get('stage') ?? undefined
  const plan = await planOf(exchange, surface)
  const stages = plan.spec.stages.map(({ id }) => id)
  if (stage !== undefined && !stages.includes(stage)) throw noStage(plan.metadata.name, stage, stages)
  const observation = surface.view.observe(plan, undefined)
  // Numbered before they are selected: a node that changes its state between two pages moves no other.
  const numbered = nodesOf(observation, surface.clock.now())
    .map((row, index) => ({ row, key: String(index).padStart(7, '0') }))
    .filter(({ row }) => (stage ?? row.stageId) === row.stageId && (state ?? row.state) === row.state)
  const page = pageOf(numbered, ({ key }) => key, query)
  const body = {
    kind: 'NodeReport',
    apiVersion: API,
    metadata: page.continue === undefined ? {} : { continue: page.continue, remainingItemCount: page.remaining },
    plan_id: plan.metadata.name,
    nodes: page.items.map(({ row: { node, uid, stageId, state: is, since, reason, message } }) => ({
      node,
      uid,
      stage_id: stageId,
      state: is,
      ...given({ since, reason, message }),
    })),
  }
  return { code: 200, body }
}

/** GET /rollouts/{plan_id}/history: every recovery and transition, oldest first. */
export async function history(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, [])
  const plan = await planOf(exchange, surface)
  const { namespace, name } = plan.metadata
  const body = {
    kind: 'HistoryReport',
    apiVersion: API,
    metadata: {},
    plan_id: name,
    events: historyOf(plan, surface.view.recoveriesOf(`${namespace}/${name}`)).map(entry =>
      given({
        at: entry.at,
        event: entry.event,
        stage_id: entry.stageId,
        strategy: entry.strategy,
        operator: entry.operator,
        claimed_operator: entry.claimedOperator,
        door: entry.door,
        recovery: entry.recovery,
        outcome: entry.outcome,
        code: entry.code,
        message: entry.message,
        audit_id: entry.auditId,
      }),
    ),
  }
  return { code: 200, body }
}

export function noStage(plan: string, stage: string, stages: readonly string[]): Failure {
  return new Failure({
    code: 404,
    reason: 'NotFound',
    error: 'stage_not_found',
    message: `plan ${plan} has no stage ${printable(stage)}; it has ${stages.join(', ')}`,
    about: { kind: 'rollouts/stages', name: printable(stage) },
  })
}
