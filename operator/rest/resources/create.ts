import { createHash } from 'node:crypto'
import { PROVENANCE } from '../../api/names.ts'
import type { RolloutPlan } from '../../api/object.ts'
import type { PlanSpec } from '../../api/rollout-plan.ts'
import { isAlreadyExists, isApiError, isTransportError } from '../../kube/errors.ts'
import { backoffDelay } from '../../runtime/backoff.ts'
import { rolloutPlans } from '../../view/resources.ts'
import { type Exchange, type Reply, marksOf } from '../exchange.ts'
import { Failure } from '../failure.ts'
import { checkParameters, isDryRun } from '../parameter.ts'
import { type CreateRequest, bodyOf, createRequest } from '../schema/bodies.ts'
import { snakePath, toSpec } from '../schema/snake.ts'
import type { Surface } from '../surface.ts'
import { upstream } from '../upstream.ts'
import { rolloutBody } from './rollout.ts'

/** Tries after a lost or overloaded answer; the plan's name makes each of them harmless. */
const MOST_TRIES = 6

/**
 * POST /rollouts: creates the RolloutPlan named by `plan_id`.
 *
 * The same request again is 409 plan_exists, unless it carries the same Idempotency-Key: then it gets the plan again.
 */
export async function create(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, ['dryRun'])
  const { plan_id: name, ...rest } = bodyOf<CreateRequest>(createRequest, exchange.body)
  const dryRun = isDryRun(exchange.query)
  const { namespace } = exchange.target
  const spec = toSpec(rest) as unknown as PlanSpec
  await mayRunJobs(spec, exchange, surface)
  const provenance = provenanceOf(exchange, rest)
  const draft = { metadata: { name, namespace, annotations: provenance }, spec }
  checkKey(draft, surface)
  const { plan, replayed } = await persist(draft, exchange, surface, dryRun)
  return {
    code: 201,
    body: dryRun ? { ...rolloutBody(plan), dry_run: true } : rolloutBody(plan),
    // Relative to the request's own path, which differs from door to door: /v1/rollouts and rollouts/x give /v1/rollouts/x.
    headers: { location: `rollouts/${name}`, ...marksOf({ replayed, dryRun }) },
  }
}

/**
 * The operator creates the plan, so no policy asks about the caller: whoever may create a Job may run pods under any
 * service account of its namespace, and nobody gets that by way of a gate.
 */
async function mayRunJobs({ stages }: PlanSpec, { caller, target, signal }: Exchange, { authorize }: Surface) {
  if (!stages.some(({ gates = [] }) => gates.some(({ kind }) => kind === 'job'))) return
  await authorize(caller, { verb: 'create', group: 'batch', resource: 'jobs', namespace: target.namespace }, signal)
}

/** A key stands for one request: another plan under it is a mistake. Known only as far as this replica has seen it. */
function checkKey({ metadata: { name, namespace, annotations } }: PlanDraft, { caches }: Surface): void {
  const key = annotations[PROVENANCE.idempotencyKey]
  if (key === undefined) return
  for (const { metadata } of caches.plans.values())
    if (
      metadata.annotations?.[PROVENANCE.idempotencyKey] === key &&
      metadata.namespace === namespace &&
      metadata.name !== name
    )
      throw new Failure({
        code: 422,
        reason: 'Invalid',
        error: 'idempotency_key_reused',
        message: `this Idempotency-Key was used to create plan ${metadata.name}; use a new key for a new plan`,
        causes: [{ field: 'Idempotency-Key', message: 'was used for another request' }],
      })
}

type PlanDraft = {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly annotations: { readonly [name: string]: string }
  }
  readonly spec: PlanSpec
}

async function persist(
  draft: PlanDraft,
  exchange: Exchange,
  { client, caches, clock }: Surface,
  dryRun: boolean,
): Promise<{ readonly plan: RolloutPlan; readonly replayed: boolean }> {
  const { signal } = exchange
  for (let failures = 0; ; failures += 1) {
    try {
      const created = await client.create(rolloutPlans, draft, { signal, dryRun })
      if (!dryRun) caches.plans.observe(created)
      return { plan: created, replayed: false }
    } catch (error) {
      signal.throwIfAborted()
      if (isAlreadyExists(error)) return { plan: await existing(draft, exchange, client, failures), replayed: true }
      const passes = isTransportError(error) || (isApiError(error) && (error.code === 429 || error.code >= 500))
      if (!passes || failures + 1 >= MOST_TRIES)
        throw upstream(error, `creating plan ${draft.metadata.name}`, snakePath)
      await clock.sleep(backoffDelay(failures + 1, { baseMs: 100, maxMs: 2_000 }), signal)
    }
  }
}

/** The plan that has the name: this very request's when an earlier try or the same key made it, else somebody else's. */
async function existing(
  draft: PlanDraft,
  { signal }: Exchange,
  client: Surface['client'],
  failures: number,
): Promise<RolloutPlan> {
  const { name, namespace, annotations } = draft.metadata
  const live = await client.get(rolloutPlans, { name, namespace }, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw upstream(error, `reading plan ${name}`)
  })
  const theirs = live.metadata.annotations ?? {}
  const same = (key: string) => annotations[key] !== undefined && theirs[key] === annotations[key]
  const mine = same(PROVENANCE.idempotencyKey) || (failures > 0 && same(PROVENANCE.auditId))
  if (mine && same(PROVENANCE.request)) return live
  throw new Failure({
    code: 409,
    reason: 'AlreadyExists',
    error: 'plan_exists',
    message: `there is a plan ${name} in namespace ${namespace} already, ${live.status.phase} since ${live.status.updatedAt ?? live.metadata.creationTimestamp}; a new release needs a new plan_id`,
    about: { kind: 'rollouts', name },
  })
}

function provenanceOf({ caller, auditId, header }: Exchange, body: object): { readonly [name: string]: string } {
  const claimed = header('x-autonomy-operator')
  const key = header('idempotency-key')
  return {
    [PROVENANCE.createdBy]: caller.user,
    [PROVENANCE.door]: caller.door,
    [PROVENANCE.auditId]: auditId,
    [PROVENANCE.request]: digest(body),
    ...(caller.uid === undefined ? {} : { [PROVENANCE.userUid]: caller.uid }),
    ...(claimed === undefined ? {} : { [PROVENANCE.claimedOperator]: claimed }),
    ...(key === undefined ? {} : { [PROVENANCE.idempotencyKey]: digest([caller.user, key]) }),
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 40)
}
