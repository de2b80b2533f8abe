import type { RolloutPlan } from '../../operator/api/object.ts'
import type { GateState } from '../../operator/api/rollout-plan-status.ts'
import { expectSuccess } from '../cluster/admin-client.ts'
import { until } from '../cluster/wait.ts'
import { endPlans } from './end-plans.ts'
import { FLEET, type Ground, SYSTEM } from '../rest/ground.ts'

/** What it takes of a cluster to play on it. */
export type Cast = Pick<Ground, 'cluster' | 'kubectl' | 'succeed'>

export const PLAN = 'plan-abc123'
/** Its agent cannot start the new release, whichever that is. */
const ILL = 'robot-3'
const RINGS: { readonly [node: string]: string } = { 'robot-0': '1', 'robot-1': '2', 'robot-2': '3', 'robot-3': '3' }
const OPERATOR = `system:serviceaccount:${SYSTEM}:autonomy-rollouts`
export const SOON = { withinMs: 30_000, everyMs: 50 } as const

type Node = {
  readonly metadata: {
    readonly name: string
    readonly labels: { readonly [key: string]: string }
    readonly annotations?: { readonly [key: string]: string }
  }
}

/** The agents of the robots: each watches its own Node and reports what it runs. */
export function startAgents({ cluster }: Cast): { stop(): Promise<void> } {
  let stopped = false
  const round = async () => {
    const { items } = expectSuccess(
      'listing nodes',
      await cluster.request('GET', '/api/v1/nodes?labelSelector=fleet%3Drobots'),
    ) as {
      readonly items: readonly Node[]
    }
    for (const { metadata } of items) {
      const release = metadata.labels['fleet.autonomyops.dev/release']
      if (release === undefined) continue
      const report = metadata.name === ILL ? `failed:${release} battery management does not start` : release
      if (metadata.annotations?.['fleet.autonomyops.dev/running-release'] === report) continue
      const patch = { metadata: { annotations: { 'fleet.autonomyops.dev/running-release': report } } }
      const path = `/api/v1/nodes/${metadata.name}`
      expectSuccess(
        'reporting',
        await cluster.request('PATCH', path, patch, { contentType: 'application/merge-patch+json' }),
      )
    }
  }
  const running = until(
    async () => {
      await round()
      return stopped
    },
    { what: 'the agents are told to stop', withinMs: 600_000, everyMs: 100 },
  )
  return {
    stop: async () => {
      stopped = true
      await running
    },
  }
}

export async function labelRobots(ground: Cast): Promise<void> {
  for (const [node, ring] of Object.entries(RINGS)) await ground.succeed(['label', 'node', node, `ring=${ring}`])
}

let releases = 0

/** A new plan of the same name, stuck in its third stage for more than an hour. */
export async function stickPlan(ground: Cast): Promise<void> {
  const stage = { batchSize: 2, maxFailures: 1, gates: [{ kind: 'health', minPercent: 95 }] }
  await publish(ground, {}, stage)
  const waiting = async () => {
    const held = await heldStage(ground)
    const settled = held?.counts?.activated === 1 && held.counts.failed === 1
    return settled && held?.gates?.[0]?.state === 'failed'
  }
  await until(waiting, { what: 'stage-03 waits for its gate', ...SOON })
  await letPass(ground, 75)
}

/** Begins the plan anew, with a release of its own. `stage`: what its third stage has beside its nodes. */
export async function publish(ground: Cast, spec: object, stage: object): Promise<void> {
  await endPlans(ground, ({ metadata }) => metadata.name === PLAN && metadata.namespace === FLEET)
  releases += 1
  const ring = (number: string) => ({ selector: { matchLabels: { ring: number } } })
  await ground.succeed(['create', '-f', '-'], {
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: PLAN, namespace: FLEET },
    spec: {
      artifactRef: `oci.example/robot-agent:${releases}`,
      release: `r${releases}`,
      fleet: { selector: { matchLabels: { fleet: 'robots' } } },
      activation: { confirm: { kind: 'annotation' } },
      stages: [
        { id: 'stage-01', nodes: ring('1') },
        { id: 'stage-02', nodes: ring('2') },
        { id: 'stage-03', nodes: ring('3'), ...stage },
        { id: 'stage-04', nodes: {}, batchSize: 5 },
      ],
      ...spec,
    },
  })
}

/** What the plan's status says of its third stage. */
export async function heldStage(ground: Cast) {
  return (await read(ground)).status.stages?.find(({ id }) => id === 'stage-03')
}

/** Lets so many minutes pass for a plan that stands still. */
export async function letPass(ground: Cast, minutes: number): Promise<void> {
  await until(async () => await age(ground, minutes * 60_000), { what: `${minutes} minutes have passed`, ...SOON })
}

/**
 * What its status remembers is dated back, in the name of the operator, as nobody else may. Undefined when the operator
 * has written in between.
 */
async function age(ground: Cast, ms: number): Promise<true | undefined> {
  const plan = await read(ground)
  const back = (time: string) => new Date(Date.parse(time) - ms).toISOString().replace(/\.\d+Z$/, 'Z')
  const agedGate = (gate: GateState): GateState => {
    const { evidence, ...rest } = gate
    const { troubleSince } = evidence ?? {}
    const aged = troubleSince === undefined ? evidence : evidence && { ...evidence, troubleSince: back(troubleSince) }
    return { ...rest, since: back(gate.since), ...(aged === undefined ? {} : { evidence: aged }) }
  }
  const stages = plan.status.stages?.map(stage => ({
    ...stage,
    ...(stage.openedAt === undefined ? {} : { openedAt: back(stage.openedAt) }),
    ...(stage.gates === undefined ? {} : { gates: stage.gates.map(agedGate) }),
  }))
  const status = { ...plan.status, stages, updatedAt: back(plan.status.updatedAt ?? '') }
  const replace = ['replace', '--subresource=status', '--as', OPERATOR, '-f', '-']
  const { code, stderr } = await ground.kubectl(replace, { ...plan, status })
  if (code === 0) return true
  if (/the object has been modified/.test(stderr)) return undefined
  throw new Error(stderr)
}

async function read({ succeed }: Cast): Promise<RolloutPlan> {
  return JSON.parse(await succeed(['get', 'rplan', PLAN, '-n', FLEET, '-o', 'json'])) as RolloutPlan
}
