import { type PlanSpec, planSpec } from '../../operator/api/rollout-plan.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import { toSpec } from '../../operator/rest/schema/snake.ts'
import { withDefaults } from '../lint/defaults.ts'
import type { PlanFile } from '../plan-file/read.ts'
import { drawFor } from './draw.ts'
import { type Forecast, forecast } from './forecast.ts'
import { fleetWarnings } from './warnings.ts'

/** Any UID gives a fair draw; a fixed one gives the same draw for the same plan and fleet. */
const EXAMPLE_UID = '00000000-0000-4000-8000-000000000000'

/** A preview for people (`view`) and for programs (`body`), of a plan that is valid. */
export function previewOf({ name, request }: PlanFile, nodes: readonly FleetNode[]) {
  const { plan_id: _, ...rest } = request
  const spec = withDefaults(planSpec, toSpec(rest)) as PlanSpec
  const seen = forecast(spec, nodes)
  const draws = drawFor(name, EXAMPLE_UID, spec, nodes)
  const warnings = fleetWarnings(spec, seen)
  return {
    view: { plan: name, forecast: seen, draws, warnings, total: nodes.length },
    body: bodyOf(name, seen, draws, warnings, nodes.length),
  }
}

function bodyOf(
  plan: string,
  { fleet, stages, unassigned }: Forecast,
  draws: ReturnType<typeof drawFor>,
  warnings: readonly string[],
  total: number,
): object {
  return {
    plan_id: plan,
    nodes_of_cluster: total,
    nodes_of_fleet: fleet.length,
    best_seconds: stages.reduce((sum, { bestSeconds }) => sum + bestSeconds, 0),
    stages: stages.map(
      ({ stage, size, certain, drawnFrom, batch, rounds, tolerated, notReady, bestSeconds, approvals }, at) => ({
        stage_id: stage,
        nodes: { least: size.least, most: size.most },
        batch_size: batch,
        rounds,
        may_fail: tolerated.failed,
        may_be_away: tolerated.unreachable,
        not_ready_now: notReady,
        best_seconds: bestSeconds,
        approvals,
        certain: names(certain),
        drawn_from: names(drawnFrom),
        possible_draw: draws[at]?.nodes ?? [],
      }),
    ),
    unassigned: names(unassigned),
    warnings,
  }
}

function names(nodes: readonly FleetNode[]): readonly string[] {
  return nodes.map(({ metadata }) => metadata.name).sort()
}
