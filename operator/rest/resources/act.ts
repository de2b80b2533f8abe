import type { RolloutPlan } from '../../api/object.ts'
import type { Strategy } from '../../api/rollout-recovery.ts'
import { keyOf } from '../../kube/object.ts'
import { evaluationOf } from '../../rollout/gates/evaluation.ts'
import { gatesOf } from '../../rollout/report/gate.ts'
import { rolloutPlans } from '../../view/resources.ts'
import { type Exchange, type Reply, marksOf } from '../exchange.ts'
import { Failure } from '../failure.ts'
import { checkDryRun, checkParameters, isDryRun } from '../parameter.ts'
import { type Effect, act } from '../recovery/action.ts'
import {
  type ApproveRequest,
  type DeleteRequest,
  type ReasonRequest,
  type RecoverRequest,
  type ReportRequest,
  approveRequest,
  bodyOf,
  deleteRequest,
  reasonRequest,
  recoverRequest,
  reportRequest,
} from '../schema/bodies.ts'
import { type Surface, planOf } from '../surface.ts'
import { upstream } from '../upstream.ts'
import { noStage } from './detail.ts'
import { given } from './given.ts'
import { API, rolloutBody } from './rollout.ts'

/** POST /rollouts/{plan_id}/recover: one of the three documented strategies. */
export async function recover(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, ['dryRun'])
  const { strategy, reason, stage_id: stageId, gate } = bodyOf<RecoverRequest>(recoverRequest, exchange.body)
  const meant = { ...(stageId === undefined ? {} : { stageId }), ...(gate === undefined ? {} : { gate }) }
  const wish = { strategy, reason, ...meant }
  return effectReply(await act(wish, exchange, surface, isDryRun(exchange.query)))
}

/** POST /rollouts/{plan_id}/halt, /pause, /resume: `{"reason"}`, and optionally the stage that is meant. */
export function ask(strategy: Strategy) {
  return async (exchange: Exchange, surface: Surface): Promise<Reply> => {
    checkParameters(exchange.query, ['dryRun'])
    const { reason, stage_id: stageId } = bodyOf<ReasonRequest>(reasonRequest, exchange.body)
    const wish = { strategy, reason, ...(stageId === undefined ? {} : { stageId }) }
    return effectReply(await act(wish, exchange, surface, isDryRun(exchange.query)))
  }
}

/** So long an approval waits to see whether it was the last thing its stage needed, in milliseconds. */
const PROMOTION_PATIENCE = 2_000

/** POST /rollouts/{plan_id}/stages/{stage_id}/gates/{gate}/approve. */
export async function approve(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, ['dryRun'])
  const { reason } = bodyOf<ApproveRequest>(approveRequest, exchange.body)
  const plan = await planOf(exchange, surface)
  const { stage = '', gate = '' } = exchange.params
  const stages = plan.spec.stages
  const spec = stages.find(({ id }) => id === stage)
  if (!spec)
    throw noStage(
      plan.metadata.name,
      stage,
      stages.map(({ id }) => id),
    )
  const known = gatesOf(plan, stage)?.gates ?? []
  const named = known.find(({ name }) => name === gate)
  if (!named)
    throw noGate(
      stage,
      gate,
      known.map(({ name }) => name),
    )
  if (named.kind !== 'manual')
    throw new Failure({
      code: 409,
      reason: 'Conflict',
      error: 'no_manual_gate',
      message: `gate ${gate} of stage ${stage} is of kind ${named.kind}: only a manual gate is approved, every other one passes by itself`,
    })
  const effect = await act({ strategy: 'approve', reason, stageId: stage }, exchange, surface, isDryRun(exchange.query))
  const promoted = effect.dryRun ? false : await promotion(effect, stage, exchange, surface)
  const given = approvals(surface.caches.plans.get(keyOf(plan)) ?? plan, stage)
  const needed = spec.gates.find(({ kind }) => kind === 'manual')?.approvals ?? 1
  const message = promoted
    ? `stage ${stage} is promoted`
    : `gate ${gate} has ${given} of ${needed} approvals; stage ${stage} is promoted when its nodes have settled and all its gates pass`
  return reply(effect, {
    kind: 'Approval',
    apiVersion: API,
    metadata: {},
    plan_id: plan.metadata.name,
    stage_id: stage,
    gate,
    approved: true,
    promoted,
    message,
    operator: exchange.caller.user,
    recovery: effect.result.name,
    recovered_at: effect.result.recoveredAt,
  })
}

/** POST /rollouts/{plan_id}/gate-report: the question names the stage and the gate. */
export async function report(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, ['dryRun'])
  const { evaluation, state, detail } = bodyOf<ReportRequest>(reportRequest, exchange.body)
  const { stage, gate } = evaluationOf(evaluation)
  const reason = detail ?? `reported as ${state}, without a detail`
  const wish = { strategy: 'gate-report', reason, stageId: stage, gate, report: { evaluation, state } } as const
  return effectReply(await act(wish, exchange, surface, isDryRun(exchange.query)))
}

/** DELETE /rollouts/{plan_id}: cancels. kubectl puts `dryRun` and preconditions into the body. */
export async function cancel(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, ['dryRun'])
  const options = exchange.body === undefined ? {} : bodyOf<DeleteRequest>(deleteRequest, exchange.body)
  const dryRun = isDryRun(exchange.query) || checkDryRun(options.dryRun ?? [])
  const { uid, resourceVersion } = options.preconditions ?? {}
  // A version is compared with what is stored: this replica's cache may be behind, or ahead of what the caller has seen.
  const known = await planOf(exchange, surface)
  const plan = resourceVersion === undefined ? known : await live(exchange, surface)
  if (uid !== undefined && uid !== plan.metadata.uid) throw changed('UID', uid, plan.metadata.uid)
  if (resourceVersion !== undefined && resourceVersion !== plan.metadata.resourceVersion)
    throw changed('resourceVersion', resourceVersion, plan.metadata.resourceVersion)
  const reason = options.reason ?? 'cancelled through the REST surface, without a reason'
  const effect = await act({ strategy: 'cancel', reason }, exchange, surface, dryRun)
  const body = rolloutBody(dryRun ? plan : await live(exchange, surface))
  return reply(effect, dryRun ? { ...body, phase: effect.result.newPhase } : body)
}

function effectReply(effect: Effect): Reply {
  const { plan, request, result } = effect
  return reply(effect, {
    kind: 'Recovery',
    apiVersion: API,
    metadata: { name: result.name, namespace: plan.metadata.namespace },
    plan_id: plan.metadata.name,
    strategy: result.strategy,
    previous_phase: result.previousPhase,
    new_phase: result.newPhase,
    ...given({
      skipped_stage_id: result.skippedStageId,
      skipped_gate: result.skippedGate,
      next_stage_id: result.nextStageId,
    }),
    reason: request.reason,
    recovered_at: result.recoveredAt,
    recovery: result.name,
  })
}

function reply(effect: Effect, body: object): Reply {
  return { code: 200, body: effect.dryRun ? { ...body, dry_run: true } : body, headers: marksOf(effect) }
}

/** Whether the approval promoted its stage: seen in the plan, soon after, if nothing else holds the stage. */
async function promotion({ plan }: Effect, stage: string, exchange: Exchange, surface: Surface): Promise<boolean> {
  const { caches, clock } = surface
  const key = keyOf(plan)
  const until = clock.monotonic() + PROMOTION_PATIENCE
  await live(exchange, surface)
  for (;;) {
    const now = caches.plans.get(key)
    const known = now?.status.stages?.find(({ id }) => id === stage)
    if (known?.phase === 'promoted') return true
    const unsettled = (known?.counts?.pending ?? 0) + (known?.counts?.activating ?? 0) > 0
    const ready = now !== undefined && !unsettled && gatesOf(now, stage)?.allPassed === true
    if (known?.phase !== 'open' || !ready || clock.monotonic() > until) return false
    await clock.sleep(20, exchange.signal)
  }
}

function approvals({ status }: RolloutPlan, stage: string): number {
  const known = status.stages?.find(({ id }) => id === stage)?.approvals ?? []
  return new Set(known.map(({ operator }) => operator)).size
}

/** The plan as the API server has it now: the verdict is known before the watch has brought the plan. */
async function live({ target, params, signal }: Exchange, { client, caches }: Surface) {
  const ref = { name: params['plan'] ?? '', namespace: target.namespace }
  try {
    const plan = await client.get(rolloutPlans, ref, { signal })
    caches.plans.observe(plan)
    return plan
  } catch (error) {
    signal.throwIfAborted()
    throw upstream(error, 'reading the plan after its verdict')
  }
}

function noGate(stage: string, gate: string, gates: readonly string[]): Failure {
  const there = gates.length === 0 ? 'it has none' : `it has ${gates.join(', ')}`
  return new Failure({
    code: 404,
    reason: 'NotFound',
    error: 'gate_not_found',
    message: `stage ${stage} has no gate of this name, ${there}`,
    about: { kind: 'rollouts/stages', name: gate.slice(0, 253) },
  })
}

function changed(what: string, wanted: string, is: string): Failure {
  return new Failure({
    code: 409,
    reason: 'Conflict',
    error: 'precondition_failed',
    message: `the plan has ${what} ${is}, not ${wanted.slice(0, 64)}: look at it again before cancelling it`,
  })
}
