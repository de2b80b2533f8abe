import type { PlanSpec, Selector, StageSpec } from '../../operator/api/rollout-plan.ts'
import { amountOf } from '../../operator/rollout/amount.ts'
import { strayVariables } from '../../operator/rollout/gates/query.ts'
import { span } from '../output/age.ts'
import type { Finding } from './finding.ts'

type Warning = Omit<Finding, 'severity'>

/**
 * What a valid plan will do that its author may not expect, as far as the plan alone tells. Fields are relative to its
 * spec. What depends on the fleet, "rollout preview" shows.
 */
export function surprisesOf(spec: PlanSpec): readonly Warning[] {
  return [
    ...ofThePlan(spec),
    ...spec.stages.flatMap((stage, index) => ofAStage(spec, stage, index)),
    ...ofTheOrder(spec),
  ]
}

function ofThePlan({ fleet, activation, stages, stuckAfterSeconds }: PlanSpec): readonly Warning[] {
  const { confirm, timeoutSeconds } = activation
  return [
    ...(selectsAll(fleet.selector)
      ? [{ field: 'fleet', message: 'names no labels: the fleet is every node of the cluster, its control plane too' }]
      : []),
    ...(confirm.minReadySeconds >= timeoutSeconds
      ? [
          {
            field: 'activation.confirm.minReadySeconds',
            message: `is not below timeoutSeconds (${timeoutSeconds}): every node fails before it can have confirmed`,
          },
        ]
      : []),
    ...(stuckAfterSeconds < timeoutSeconds
      ? [
          {
            field: 'stuckAfterSeconds',
            message: `is below timeoutSeconds: the plan is called stuck after ${span(stuckAfterSeconds)}, while nodes still have up to ${span(timeoutSeconds)}`,
          },
        ]
      : []),
    ...(stages.length === 1
      ? [{ field: 'stages', message: 'is a single stage: there is no canary, and a bad release meets the whole fleet' }]
      : []),
  ]
}

function ofAStage({ fleet }: PlanSpec, stage: StageSpec, index: number): readonly Warning[] {
  const at = `stages[${index}]`
  const { nodes, allowEmpty, maxFailures, maxUnreachable, batchSize, gates } = stage
  const clash = contradiction(fleet.selector, nodes.selector)
  const size = typeof nodes.limit === 'number' ? nodes.limit : undefined
  return [
    ...(clash === undefined
      ? []
      : [
          {
            field: `${at}.nodes.selector`,
            message: `selects no node: ${clash}; the stage ${allowEmpty ? 'is waved through' : 'blocks with NoNodes'}`,
          },
        ]),
    ...(allowEmpty && index === 0
      ? [
          {
            field: `${at}.allowEmpty`,
            message: 'a canary that selects no node waves the release through to the next stage',
          },
        ]
      : []),
    ...(
      [
        ['maxFailures', maxFailures],
        ['maxUnreachable', maxUnreachable],
      ] as const
    ).flatMap(([name, value]) =>
      size !== undefined && typeof value === 'string' && value !== '0%' && amountOf(value, size, 'down') === 0
        ? [{ field: `${at}.${name}`, message: `${value} of at most ${size} nodes rounds down to none` }]
        : [],
    ),
    ...(maxFailures === '100%'
      ? [{ field: `${at}.maxFailures`, message: 'every node may fail, and the stage is still promoted' }]
      : []),
    ...(batchSize === '100%' || (size !== undefined && size > 1 && typeof batchSize === 'number' && batchSize >= size)
      ? [
          {
            field: `${at}.batchSize`,
            message: 'all nodes of the stage are activated at once: nothing is learned before the last',
          },
        ]
      : []),
    ...gates.flatMap((gate, position) => {
      const field = `${at}.gates[${position}]`
      if (gate.kind === 'time_soak' && gate.seconds === 0)
        return [{ field, message: 'a soak of 0 seconds passes at once' }]
      const stray = [gate.metric?.query, gate.metric?.baseline?.query, gate.metric?.minimum?.query].flatMap(query =>
        strayVariables(query ?? ''),
      )
      if (stray.length > 0)
        return [{ field, message: `names ${stray.join(', ')} outside of quotes: it will never be read` }]
      const soaks = gates.some(({ kind, seconds = 0 }) => kind === 'time_soak' && seconds > 0)
      return gate.kind === 'health' && (gate.forSeconds ?? 0) === 0 && !soaks
        ? [
            {
              field,
              message:
                'looks once, when the last node has confirmed: forSeconds or a time_soak gives faults time to show',
            },
          ]
        : []
    }),
  ]
}

function ofTheOrder({ stages }: PlanSpec): readonly Warning[] {
  const takesAll = stages.findIndex(({ nodes }) => selectsAll(nodes.selector) && nodes.limit === undefined)
  const left = takesAll < 0 ? [] : stages.slice(takesAll + 1)
  const widest = widestOf(stages)
  const guarded = stages.slice(0, widest).some(({ gates }) => gates.length > 0)
  return [
    ...left.map((_, index) => ({
      field: `stages[${takesAll + 1 + index}].nodes`,
      message: `gets no node: stage ${stages[takesAll]!.id} before it takes everyone left`,
    })),
    ...(widest > 0 && !guarded
      ? [
          {
            field: `stages[${widest}]`,
            message: `is the widest stage, and no gate stands before it: it opens as soon as the nodes of ${stages[widest - 1]!.id} have confirmed`,
          },
        ]
      : []),
  ]
}

/** The first stage without a limit, else the one with the largest. Counts and percentages cannot be compared: counts come first. */
function widestOf(stages: readonly StageSpec[]): number {
  const width = ({ nodes: { limit } }: StageSpec) =>
    limit === undefined ? Infinity : typeof limit === 'number' ? limit / 1e6 : Number.parseInt(limit, 10)
  const all = stages.map(width)
  return all.indexOf(Math.max(...all))
}

function selectsAll(selector: Selector | undefined): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0
}

/** Why no node can match both selectors; undefined when one may. */
function contradiction(a: Selector | undefined, b: Selector | undefined): string | undefined {
  const wanted = new Map<string, string>()
  for (const labels of [a?.matchLabels ?? {}, b?.matchLabels ?? {}])
    for (const [key, value] of Object.entries(labels)) {
      const other = wanted.get(key)
      if (other !== undefined && other !== value) return `${key} cannot be both ${other} and ${value}`
      wanted.set(key, value)
    }
  for (const { key, operator, values = [] } of [...(a?.matchExpressions ?? []), ...(b?.matchExpressions ?? [])]) {
    const value = wanted.get(key)
    if (value === undefined) continue
    if (operator === 'DoesNotExist') return `${key} cannot be both ${value} and absent`
    if (operator === 'In' && !values.includes(value)) return `${key} is ${value}, and not in ${values.join(', ')}`
    if (operator === 'NotIn' && values.includes(value)) return `${key} is ${value}, which NotIn excludes`
  }
  return undefined
}
