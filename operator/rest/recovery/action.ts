import { ORCHESTRATOR_GROUP } from '../../api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../api/object.ts'
import type { AppliedRecovery } from '../../api/rollout-plan-status.ts'
import type { RecoverySpec, Strategy } from '../../api/rollout-recovery.ts'
import { rolloutRecoveries } from '../../view/resources.ts'
import { recover } from '../../rollout/recovery.ts'
import { timestamp } from '../../rollout/time.ts'
import type { Exchange } from '../exchange.ts'
import { Failure } from '../failure.ts'
import { type Surface, planOf } from '../surface.ts'
import { upstream } from '../upstream.ts'
import { type RecoveryRequest, recoveryDraft } from './request.ts'
import { submit } from './submission.ts'
import { verdictOf } from './verdict.ts'

/** What an action did, as the plan recorded it. */
export type Effect = {
  readonly plan: RolloutPlan
  readonly request: RecoveryRequest
  readonly result: Omit<AppliedRecovery, 'uid'>
  /** An earlier identical request had done it already. */
  readonly replayed: boolean
  /** Nothing was done: this is what would be. */
  readonly dryRun: boolean
}

export type Wish = {
  readonly strategy: Strategy
  readonly reason: string
  readonly stageId?: string
  /** skip_failed: this gate only. gate-report: the gate that has asked. */
  readonly gate?: string
  readonly report?: RecoverySpec['report']
}

/**
 * Asks the leader for something by way of a RolloutRecovery, and waits for its verdict.
 *
 * @throws Failure 403, 404, 409 with the code of the refusal, or 504 with the name of the recovery
 */
export async function act(wish: Wish, exchange: Exchange, surface: Surface, dryRun: boolean): Promise<Effect> {
  await mayDo(wish.strategy, exchange, surface)
  const plan = await planOf(exchange, surface)
  const request = { plan, ...wish }
  if (dryRun) return await foresee(request, exchange, surface)
  const { recovery, replayed } = await submit(request, exchange, surface)
  const judged = await verdictOf(recovery, surface.verdictMs, exchange.signal, surface)
  if (judged === undefined || judged === 'deleted') throw noVerdict(recovery, judged, surface.verdictMs)
  const { phase, code = 'rejected', message = '' } = judged.status
  if (phase === 'Rejected') throw refused(plan, code, message, judged.metadata.name)
  return { plan, request, result: resultOf(judged), replayed, dryRun: false }
}

/** The right that the action needs through every door: create on rollouts/<strategy>. */
async function mayDo(
  strategy: Strategy,
  { caller, target, params, signal }: Exchange,
  surface: Surface,
): Promise<void> {
  const attributes = { verb: 'create', group: ORCHESTRATOR_GROUP, resource: 'rollouts', subresource: strategy } as const
  const where = target.namespaced ? { namespace: target.namespace } : {}
  await surface.authorize(caller, { ...attributes, name: params['plan'] ?? '', ...where }, signal)
}

/** What would happen, without a trace: the API server admits the object, and the domain judges it, and neither keeps it. */
async function foresee(
  request: RecoveryRequest,
  exchange: Exchange,
  { client, view, clock }: Surface,
): Promise<Effect> {
  const draft = recoveryDraft(request, exchange, 'dry-run')
  const { signal } = exchange
  const admitted = await client.create(rolloutRecoveries, draft, { signal, dryRun: true }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw upstream(error, 'admitting the RolloutRecovery')
  })
  const now = clock.now()
  const recovery = { ...admitted, metadata: { ...admitted.metadata, creationTimestamp: timestamp(now) } }
  const outcome = recover(view.observe(request.plan, undefined), recovery, now)
  if (outcome.kind === 'refused') throw refused(request.plan, outcome.code, outcome.message)
  return { plan: request.plan, request, result: outcome.result, replayed: false, dryRun: true }
}

function resultOf({ metadata, spec, status }: RolloutRecovery): Effect['result'] {
  const { previousPhase = 'published', newPhase = 'published', recoveredAt = '' } = status
  const { skippedStageId, skippedGate, nextStageId } = status
  return {
    name: metadata.name,
    strategy: spec.strategy,
    previousPhase,
    newPhase,
    recoveredAt,
    ...(skippedStageId === undefined ? {} : { skippedStageId }),
    ...(skippedGate === undefined ? {} : { skippedGate }),
    ...(nextStageId === undefined ? {} : { nextStageId }),
  }
}

function refused(plan: RolloutPlan, code: string, message: string, recovery?: string): Failure {
  const missing = code === 'plan_not_found' || code === 'gate_not_found'
  return new Failure({
    code: missing ? 404 : 409,
    reason: missing ? 'NotFound' : 'Conflict',
    error: code,
    message,
    about: { kind: 'rollouts', name: plan.metadata.name },
    ...(recovery === undefined ? {} : { verdict: true as const, recovery }),
  })
}

function noVerdict({ metadata }: RolloutRecovery, judged: 'deleted' | undefined, withinMs: number): Failure {
  const { name, namespace } = metadata
  const look = `kubectl get rrec ${name} -n ${namespace} shows it`
  const message =
    judged === 'deleted'
      ? `RolloutRecovery ${name} was deleted before its verdict was seen; look at the plan before asking again`
      : `no operator process has judged RolloutRecovery ${name} within ${withinMs / 1000} s; it is kept and takes effect once: ${look}, and repeating this request waits for it again`
  return new Failure({
    code: 504,
    reason: 'Timeout',
    error: 'no_verdict',
    message,
    about: { kind: 'rolloutrecoveries', name },
    recovery: name,
    retryAfterSeconds: 2,
  })
}
