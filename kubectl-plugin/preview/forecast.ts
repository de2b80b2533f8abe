import type { GateSpec, PlanSpec, StageSpec } from '../../operator/api/rollout-plan.ts'
import { amountOf } from '../../operator/rollout/amount.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import { matches } from '../../operator/fleet/selector.ts'
import { JOB_INTERVAL } from '../../operator/rollout/gates/job.ts'
import { windowOf } from '../../operator/rollout/gates/query.ts'

export type Range = { readonly least: number; readonly most: number }

/** What is known of a stage before the plan exists. */
export type StageForecast = {
  readonly stage: string
  /** How many nodes it will have. */
  readonly size: Range
  /** Nodes that it has in any case. */
  readonly certain: readonly FleetNode[]
  /** Nodes of which some are drawn. */
  readonly drawnFrom: readonly FleetNode[]
  /** Most nodes in flight at once, and in how many rounds at least. */
  readonly batch: number
  readonly rounds: number
  /** Most failures and unreachable nodes that are tolerated. */
  readonly tolerated: { readonly failed: number; readonly unreachable: number }
  /** Certain members that are not Ready now. */
  readonly notReady: number
  /** Seconds that it takes when everything confirms at once, and nobody has to be waited for. */
  readonly bestSeconds: number
  /** Approvals that people have to give. */
  readonly approvals: number
}

export type Forecast = {
  readonly fleet: readonly FleetNode[]
  readonly stages: readonly StageForecast[]
  /** Nodes of the fleet that no stage takes. */
  readonly unassigned: readonly FleetNode[]
}

/**
 * What a plan will do with these nodes, whatever is drawn.
 *
 * A limited stage draws its members by a hash of plan and node, and the plan's UID is not known before it is created. So
 * a node is free, taken for sure, or in the pool from which some have been drawn; sizes are bounds that hold for every draw.
 */
export function forecast(spec: PlanSpec, nodes: readonly FleetNode[]): Forecast {
  const fleet = nodes.filter(({ metadata }) => matches(spec.fleet.selector, metadata.labels))
  let free: ReadonlySet<FleetNode> = new Set(fleet)
  let pool: ReadonlySet<FleetNode> = new Set()
  let drawn: Range = { least: 0, most: 0 }
  const stages = spec.stages.map(stage => {
    const fits = ({ metadata }: FleetNode) => matches(stage.nodes.selector, metadata.labels)
    const sure = [...free].filter(fits)
    const maybe = [...pool].filter(fits)
    const outside = pool.size - maybe.length
    // Of the pool's drawn nodes, as many as fit elsewhere may lie elsewhere.
    const left: Range = {
      least: sure.length + Math.max(0, maybe.length - drawn.most),
      most: sure.length + maybe.length - Math.max(0, drawn.least - outside),
    }
    const { limit } = stage.nodes
    const cap = limit === undefined ? Infinity : amountOf(limit, fleet.length, 'up')
    const size = { least: Math.min(cap, left.least), most: Math.min(cap, left.most) }
    const all = cap >= left.most
    if (all) {
      drawn = { least: Math.max(0, drawn.least - maybe.length), most: Math.min(drawn.most, outside) }
      pool = new Set([...pool].filter(node => !fits(node)))
    } else {
      drawn = { least: drawn.least + size.least, most: drawn.most + size.most }
      pool = new Set([...pool, ...sure])
    }
    free = new Set([...free].filter(node => !fits(node)))
    return stageForecast(spec, stage, size, all ? sure : [], all ? maybe : [...sure, ...maybe])
  })
  // Who is in the pool and fits a stage is not unassigned to the domain, though it may be drawn by none.
  return { fleet, stages, unassigned: [...free] }
}

function stageForecast(
  { activation }: PlanSpec,
  stage: StageSpec,
  size: Range,
  certain: readonly FleetNode[],
  drawnFrom: readonly FleetNode[],
): StageForecast {
  const { batchSize, maxFailures, maxUnreachable, gates } = stage
  const batch = Math.max(1, amountOf(batchSize, size.most, 'up'))
  const rounds = Math.ceil(size.most / batch)
  const confirming = activation.confirm.kind === 'annotation' ? 0 : activation.confirm.minReadySeconds
  const waits = gates.map(gate => (size.most > 0 || gate.kind === 'time_soak' ? waitOf(gate) : 0))
  return {
    stage: stage.id,
    size,
    certain,
    drawnFrom,
    batch,
    rounds,
    tolerated: {
      failed: amountOf(maxFailures, size.most, 'down'),
      unreachable: amountOf(maxUnreachable, size.most, 'down'),
    },
    notReady: certain.filter(({ ready }) => !ready.ok).length,
    bestSeconds: Math.ceil(size.least / batch) * confirming + Math.max(0, ...waits),
    approvals: gates.reduce((sum, { kind, approvals = 1 }) => sum + (kind === 'manual' ? approvals : 0), 0),
  }
}

/** Seconds from the settling of the stage until the gate passes at best. */
function waitOf({ kind, seconds = 0, forSeconds = 0, consecutive = 1, metric, ...gate }: GateSpec): number {
  switch (kind) {
    case 'time_soak':
      return seconds
    case 'health':
      return forSeconds
    case 'manual':
      return 0
    case 'metric': {
      const window = metric?.windowSeconds ?? windowOf(metric?.query ?? '') / 1000
      return window + Math.max(forSeconds, (consecutive - 1) * (gate.intervalSeconds ?? 60))
    }
    case 'webhook':
      return Math.max(forSeconds, (consecutive - 1) * (gate.intervalSeconds ?? 60))
    case 'job':
      return Math.max(forSeconds, (consecutive - 1) * (gate.intervalSeconds ?? JOB_INTERVAL))
  }
}
