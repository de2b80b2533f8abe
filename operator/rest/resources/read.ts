import type { RolloutPlan } from '../../api/object.ts'
import { PLAN_PHASES } from '../../api/rollout-plan-status.ts'
import { compareResourceVersions } from '../../kube/version.ts'
import { stuckReport } from '../../rollout/report/stuck.ts'
import type { Exchange, Reply } from '../exchange.ts'
import { badParameter, checkParameters, integer, oneOf } from '../parameter.ts'
import { type Surface, planOf } from '../surface.ts'
import { type Page, pageOf } from './page.ts'
import { API, rolloutBody } from './rollout.ts'

/** GET /rollouts: the plans of a namespace, by name. */
export function list({ query, target }: Exchange, { caches }: Surface): Reply {
  checkParameters(query, ['limit', 'continue', 'phase', 'fieldSelector', 'labelSelector'])
  const phase = oneOf(query, 'phase', PLAN_PHASES)
  const name = nameSelected(query)
  const plans = [...caches.plans.values()]
    .filter(({ metadata }) => metadata.namespace === target.namespace)
    .filter(
      plan =>
        (phase === undefined || plan.status.phase === phase) && (name === undefined || plan.metadata.name === name),
    )
    .sort(byName)
  const page = pageOf(plans, plan => plan.metadata.name, query)
  return { code: 200, body: listBody(page, caches.plans.state().resourceVersion ?? '') }
}

/** GET /rollouts/{plan_id}. */
export async function get(exchange: Exchange, surface: Surface): Promise<Reply> {
  checkParameters(exchange.query, [])
  return { code: 200, body: rolloutBody(await planOf(exchange, surface)) }
}

const DEFAULT_THRESHOLD = 3_600

/** GET /rollouts/stuck: the plans of a namespace that have made no progress for longer than the threshold. */
export function stuck({ query, target }: Exchange, { caches, clock }: Surface): Reply {
  checkParameters(query, ['threshold_seconds'])
  const threshold = integer(query, 'threshold_seconds', 0, 315_360_000) ?? DEFAULT_THRESHOLD
  const plans = [...caches.plans.values()].filter(({ metadata }) => metadata.namespace === target.namespace)
  const report = stuckReport(plans, threshold, clock.now())
  const body = {
    kind: 'StuckReport',
    apiVersion: API,
    metadata: {},
    stuck_plans: report.map(({ plan, phase, currentStageId, stuckSince, stuckReason }) => ({
      plan_id: plan.metadata.name,
      phase,
      ...(currentStageId === undefined ? {} : { current_stage_id: currentStageId }),
      stuck_since: stuckSince,
      stuck_reason: stuckReason,
    })),
  }
  return { code: 200, body }
}

function listBody({ items, remaining, continue: more }: Page<RolloutPlan>, resourceVersion: string): object {
  const bodies = items.map(rolloutBody)
  return {
    kind: 'RolloutList',
    apiVersion: API,
    metadata: {
      resourceVersion,
      ...(more === undefined ? {} : { continue: more, remainingItemCount: remaining }),
    },
    plans: bodies.map(({ plan_id, phase, current_stage_id, updated_at, artifact_ref }) => ({
      plan_id,
      phase,
      ...(current_stage_id === undefined ? {} : { current_stage_id }),
      updated_at,
      artifact_ref,
    })),
    items: bodies,
  }
}

/** kubectl selects one object by its name in this way; no other selector is served, and none is quietly ignored. */
function nameSelected(query: URLSearchParams): string | undefined {
  const labels = query.get('labelSelector')
  if (labels !== null && labels !== '')
    throw badParameter('labelSelector', 'is not served here; kubectl get rolloutplans -l … is')
  const fields = query.get('fieldSelector')
  if (fields === null || fields === '') return undefined
  const name = /^metadata\.name==?([^,=!]+)$/.exec(fields)?.[1]
  if (name === undefined) throw badParameter('fieldSelector', 'is served as metadata.name=NAME only')
  return name
}

function byName({ metadata: a }: RolloutPlan, { metadata: b }: RolloutPlan): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : compareResourceVersions(a.resourceVersion, b.resourceVersion)
}
