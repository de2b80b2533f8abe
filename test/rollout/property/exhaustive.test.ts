import { REPORT_ANNOTATION } from '../../../operator/api/names.ts'
import { releaseOf } from '../../../operator/api/object.ts'
import type { StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { STRATEGIES } from '../../../operator/api/rollout-plan-status.ts'
import { START } from '../build.ts'
import type { Model } from '../model/state.ts'
import { agree } from './agreement.ts'
import { audit } from './auditor.ts'
import { type Cluster, changeNode, emptyCluster } from './cluster.ts'
import { type Stage, ask, begin } from './happening.ts'
import { type Ledger, noteLandings, openLedger } from './ledger.ts'
import { emptyModel } from './mirror.ts'
import { startProcess } from './operator.ts'
import { campaign } from './runs.ts'
import type { Ask, PlanShape, Scenario } from './scenario.ts'

/** Steps deep; every sequence of steps is tried, except that a situation met before is not gone through twice. */
const DEPTH = campaign ? 8 : 5

type Step = { readonly name: string; readonly take: (stage: Stage) => void }

/** A point in the tree of all sequences: both sides, and the way there. */
type Point = { readonly stage: Stage; readonly model: Model; readonly ledger: Ledger; readonly way: readonly string[] }

const STEPS: readonly Step[] = [
  ...STRATEGIES.flatMap(strategy =>
    (strategy === 'approve' ? (['alice', 'bob'] as const) : (['alice'] as const)).map(operator => ({
      name: `${strategy} by ${operator}`,
      take: (stage: Stage) => ask(stage, request(strategy, operator)),
    })),
  ),
  { name: 'agents succeed', take: stage => report(stage.cluster, release => release) },
  { name: 'agents fail', take: stage => report(stage.cluster, release => `failed:${release} disk full`) },
]

describe('Three stages of one node each', function () {
  this.timeout(0)
  it(`take the course that the model takes, on every way of ${DEPTH} steps`, () => {
    const met = new Set<string>()
    let points = [root()]
    for (let depth = 0; depth < DEPTH; depth += 1)
      points = points.flatMap(point => STEPS.flatMap(step => next(point, step, met)))
  })
})

function root(): Point {
  const cluster = emptyCluster(START)
  const ledger = audit(cluster, openLedger(cluster, true))
  const stage = begin(cluster, SCENARIO)
  const model = emptyModel(cluster)
  agree(cluster, startProcess(cluster), model, 'at the beginning')
  return { stage, model, ledger, way: [] }
}

/** The point after the step; none when its situation was met before. */
function next(point: Point, step: Step, met: Set<string>): Point[] {
  const way = [...point.way, step.name]
  const cluster = copyCluster(point.stage.cluster)
  const stage: Stage = { ...point.stage, cluster }
  const ledger = copyLedger(point.ledger, cluster)
  audit(cluster, ledger)
  const model = {
    ...emptyModel(cluster),
    ...structuredClone({ tags: point.model.tags, plans: point.model.plans, creations: point.model.creations }),
  }
  step.take(stage)
  noteLandings(ledger)
  agree(cluster, startProcess(cluster), model, `after ${way.join(', ')}`)
  const situation = situationOf(cluster)
  if (met.has(situation)) return []
  met.add(situation)
  return [{ stage, model, ledger, way }]
}

function request(strategy: Ask['strategy'], operator: 'alice' | 'bob'): Ask {
  return { strategy, operator, stage: 'current', plan: 'first', uid: 'none' }
}

/** Every agent whose node is told to run the release reports. */
function report(cluster: Cluster, what: (release: string) => string): void {
  const [plan] = cluster.plans.values()
  if (!plan) return
  const release = releaseOf(plan)
  for (const { metadata } of cluster.nodes.values()) {
    if (metadata.labels[plan.spec.activation.label] !== release) continue
    changeNode(cluster, metadata.uid, node => {
      const annotations = { ...node.metadata.annotations, [REPORT_ANNOTATION]: what(release) }
      return { ...node, metadata: { ...node.metadata, annotations } }
    })
  }
}

/** All that later steps can depend on; no names of recoveries, no times, no versions. */
function situationOf({ plans, nodes }: Cluster): string {
  const [plan] = plans.values()
  const stages = (plan?.status.stages ?? []).map(
    ({
      phase,
      skipped,
      attempt,
      released,
      confirmed,
      retried,
      withheld,
      settledAt,
      approvals,
      skippedGates,
    }: StageStatus) => [
      [phase, skipped, attempt, released, confirmed, retried, withheld, settledAt],
      approvals?.map(({ operator }) => operator),
      skippedGates?.map(({ gate }) => gate),
    ],
  )
  const machines = [...nodes.values()].map(({ metadata: { labels, annotations } }) => ({ labels, annotations }))
  return JSON.stringify([plan?.status.phase, plan?.status.currentStageId, stages, machines])
}

function copyCluster(cluster: Cluster): Cluster {
  const { nodes, pods, plans, lists, recoveries } = cluster
  return {
    ...cluster,
    nodes: new Map(nodes),
    pods: new Map(pods),
    plans: new Map(plans),
    lists: new Map([...lists].map(([uid, own]) => [uid, new Map(own)])),
    recoveries: new Map(recoveries),
  }
}

function copyLedger({ applied, goneOn, stops, flights }: Ledger, cluster: Cluster): Ledger {
  return {
    ...openLedger(cluster, true),
    applied: new Set(applied),
    goneOn: new Set(goneOn),
    stops: new Map(stops),
    flights: new Map([...flights].map(([uid, flight]) => [uid, { ...flight }])),
  }
}

const PLAN: PlanShape = {
  confirm: 'annotation',
  minReadySeconds: 0,
  timeoutSeconds: 600,
  stuckAfterSeconds: 3600,
  pool: undefined,
  stages: ['one', 'two', 'three'].map((ring, position) => ({
    ring,
    limit: undefined,
    allowEmpty: false,
    batchSize: 1,
    maxFailures: 0,
    maxUnreachable: 0,
    gates: position === 0 ? [{ kind: 'manual', approvals: 2 }] : position === 1 ? [] : [{ kind: 'manual' }],
  })),
}

const SCENARIO: Scenario = {
  first: PLAN,
  second: PLAN,
  nodes: ['one', 'two', 'three'].map(ring => ({ ring, pool: 'a', ready: true })),
  events: [],
  held: 0,
}
