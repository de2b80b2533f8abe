import type { PlanSpec } from '../../operator/api/rollout-plan.ts'
import type { Forecast } from './forecast.ts'

/** What the fleet makes of the plan that its author may not expect. */
export function fleetWarnings(spec: PlanSpec, { fleet, stages, unassigned }: Forecast): readonly string[] {
  if (fleet.length === 0) return ['the fleet has no node: no label of any node is what fleet.selector asks for']
  return [
    ...stages.flatMap(({ stage, size, tolerated, notReady }, index): readonly string[] => {
      const { allowEmpty, maxFailures, maxUnreachable } = spec.stages[index]!
      if (size.most === 0)
        return [
          allowEmpty
            ? `stage ${stage} has no node: it is waved through`
            : `stage ${stage} has no node: the plan blocks there with NoNodes`,
        ]
      const none = (name: string, value: number | string, comesTo: number) =>
        typeof value === 'string' && value !== '0%' && comesTo === 0
          ? [
              `stage ${stage}: ${name} ${value} of ${size.most} ${size.most === 1 ? 'node' : 'nodes'} rounds down to none`,
            ]
          : []
      return [
        ...(size.least === 0 ? [`stage ${stage} may have no node, if others draw them all`] : []),
        ...none('maxFailures', maxFailures, tolerated.failed),
        ...none('maxUnreachable', maxUnreachable, tolerated.unreachable),
        ...(notReady > tolerated.unreachable
          ? [
              `stage ${stage}: ${notReady} of its nodes ${notReady === 1 ? 'is' : 'are'} not Ready now, and ${tolerated.unreachable} may be: it would wait for them`,
            ]
          : []),
      ]
    }),
    ...(unassigned.length === 0
      ? []
      : [
          `${unassigned.length} ${unassigned.length === 1 ? 'node' : 'nodes'} of the fleet belong to no stage and keep what they have`,
        ]),
  ]
}
