import { Gauge, type Registry } from 'prom-client'
import type { RolloutPlan } from '../api/object.ts'
import { type Counts, PLAN_PHASES } from '../api/rollout-plan-status.ts'
import { type StuckPlan, stuckReport } from '../rollout/report/stuck.ts'
import { instant } from '../rollout/time.ts'
import type { Clock } from '../runtime/clock.ts'

/**
 * So many stuck plans have a series of their own.
 *
 * Everywhere else no label takes its value from an object, so that nobody can make the number of series grow by creating
 * objects. Here an alert has to name the plan, or whoever it wakes must look for it first. Hence names, but only those
 * of plans that are stuck at this moment, the longest first, and no more than these; the rest is a number. A plan that
 * goes on loses its series, so what a fleet of any size costs is bounded at every moment.
 */
const MOST_NAMED = 100

/** The codes of docs/reasons.md that a published or active plan can have; whatever else a status says is `Other`. */
const REASONS = new Set([
  'Pending',
  'WaitingForPlan',
  'Progressing',
  'Activating',
  'Soaking',
  'GatePending',
  'AwaitingApproval',
  'GateFailed',
  'NodesUnreachable',
  'TooManyFailures',
  'NoNodes',
  'NoneActivated',
  'MembersUnknown',
  'PodsUnknown',
])

const STATES: readonly (keyof Counts)[] = ['pending', 'activating', 'activated', 'failed', 'unreachable', 'gone']

/**
 * What there is of plans, read whenever metrics are. Every replica says the same, leading or not, so that it can be
 * seen also when nobody leads; queries take the `max` over replicas.
 */
export function planMetrics(registry: Registry, plans: () => Iterable<RolloutPlan>, clock: Pick<Clock, 'now'>): void {
  const registers = [registry]
  const stuck = () => stuckReport(plans(), undefined, clock.now())
  void new Gauge({
    name: 'cp_rollout_plans_total',
    help: 'Plans there are, by phase.',
    labelNames: ['phase'],
    registers,
    collect() {
      for (const phase of PLAN_PHASES) this.set({ phase }, 0)
      for (const { status } of plans()) this.inc({ phase: status.phase })
    },
  })
  void new Gauge({
    name: 'autonomy_rollouts_stuck_plans',
    help: 'Plans without progress for longer than their stuckAfterSeconds, by what they wait for.',
    labelNames: ['reason'],
    registers,
    collect() {
      for (const reason of [...REASONS, 'Other']) this.set({ reason }, 0)
      for (const plan of stuck()) this.inc({ reason: reasonOf(plan) })
    },
  })
  void new Gauge({
    name: 'autonomy_rollouts_stuck_plan_seconds',
    help: `Time since a stuck plan last made progress; of the ${MOST_NAMED} that have been stuck longest.`,
    labelNames: ['plan_namespace', 'plan', 'reason'],
    registers,
    collect() {
      this.reset()
      for (const found of stuck().slice(0, MOST_NAMED)) {
        const { name, namespace } = found.plan.metadata
        const labels = { plan_namespace: namespace, plan: name, reason: reasonOf(found) }
        this.set(labels, (clock.now() - instant(found.stuckSince)) / 1000)
      }
    },
  })
  void new Gauge({
    name: 'autonomy_rollouts_stuck_plans_unnamed',
    help: `Stuck plans beyond the ${MOST_NAMED} that have a series of their own.`,
    registers,
    collect() {
      this.set(Math.max(0, stuck().length - MOST_NAMED))
    },
  })
  void new Gauge({
    name: 'autonomy_rollouts_nodes',
    help: 'Nodes of stages that have opened, of plans that have not ended, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of STATES) this.set({ state }, 0)
      for (const { status } of plans()) {
        if (status.completedAt !== undefined) continue
        for (const { counts } of status.stages ?? [])
          for (const state of STATES) this.inc({ state }, counts?.[state] ?? 0)
      }
    },
  })
}

function reasonOf({ code }: StuckPlan): string {
  return REASONS.has(code) ? code : 'Other'
}
