import { RELEASE_LABEL } from '../../operator/api/names.ts'
import type { PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import { until } from '../cluster/wait.ts'
import { type Move, type Witness, startWitness } from '../demo/witness.ts'
import { agent } from './agent.ts'
import { FLEET, type Scene } from './scene.ts'

/** The fleet of the rollouts: both genuine nodes, and simulated ones behind them. */
export type Yard = {
  readonly witness: Witness
  readonly nodes: readonly string[]
  /** Publishes the next release and a plan for it; answers both names. */
  publish(options?: PublishOptions): Promise<Rollout>
  /** Approves the second stage, in the name of the administrator. */
  approve(rollout: Rollout, reason: string): Promise<void>
  /** The plan's status when it is as wanted. */
  reached(plan: string, what: string, wanted: (status: PlanStatus) => boolean, withinMs?: number): Promise<PlanStatus>
  /** What was written to nodes for the plan, in order. */
  moves(plan: string): readonly Move[]
}

export type Rollout = { readonly plan: string; readonly release: string }

export type PublishOptions = {
  /** The genuine node whose agent does not become Ready until somebody mends it. */
  readonly illOn?: string
  /** The second stage waits for an approval when its nodes are done. */
  readonly approval?: boolean
}

export const YARD_LABEL = 'site'
const SITE = 'yard'
const yards = new WeakMap<Scene, Promise<Yard>>()

/** The yard of a cluster, with release 1 on all nodes. The operator must be installed. */
export async function yardOf(scene: Scene): Promise<Yard> {
  const known = yards.get(scene)
  if (known !== undefined) return await known
  const opened = openYard(scene)
  yards.set(scene, opened)
  return await opened
}

async function openYard(scene: Scene): Promise<Yard> {
  const { cluster, succeed, signal, provisions } = scene
  const [first = '', second = ''] = cluster.nodes.map(({ name }) => name)
  const simulated = cluster.simulated.filter(name => name.startsWith(SITE))
  const nodes = [first, second, ...simulated]
  await succeed(['label', '--overwrite', 'node', ...nodes, `${YARD_LABEL}=${SITE}`, `${RELEASE_LABEL}=1`])
  await succeed(['label', '--overwrite', 'node', first, 'tier=canary'])
  await succeed(['label', '--overwrite', 'node', second, ...simulated.slice(0, 1), 'tier=pilot'])
  const witness = await startWitness(cluster.plane.adminKubeconfig, signal)
  const deploy = async (release: string, illOn?: string) =>
    await succeed(
      ['apply', '-f', '-'],
      agent({ namespace: FLEET, image: provisions.tools, release, ...(illOn === undefined ? {} : { illOn }) }),
    )
  await deploy('1')
  const all = () => witness.podsOf('1').size === nodes.length
  await until(all, { what: 'release 1 runs on every node', withinMs: 60_000, everyMs: 100, signal })
  let releases = 1
  return {
    witness,
    nodes,
    async publish(options = {}) {
      releases += 1
      const release = `${releases}`
      const plan = `agent-${release}`
      await deploy(release, options.illOn)
      await succeed(['create', '-f', '-'], planOf(plan, release, options))
      return { plan, release }
    },
    async approve({ plan }, reason) {
      await succeed(['create', '-f', '-'], {
        apiVersion: 'fleet.autonomyops.dev/v1alpha1',
        kind: 'RolloutRecovery',
        metadata: { name: `${plan}-approve`, namespace: FLEET },
        spec: { planName: plan, stageId: 'pilot', strategy: 'approve', reason },
      })
    },
    async reached(plan, what, wanted, withinMs = 90_000) {
      const look = () => {
        const status = witness.plan(plan)?.status
        return status !== undefined && wanted(status) && status
      }
      try {
        return await until(look, { what: `plan ${plan}: ${what}`, withinMs, signal })
      } catch (error) {
        const seen = JSON.stringify(witness.plan(plan)?.status.conditions?.[0])
        throw new Error(`waited in vain; the plan says ${seen}`, { cause: error })
      }
    },
    moves: plan => witness.moves.filter(move => move.plan === `${FLEET}/${plan}`),
  }
}

/** Resolves when a rollout waits for its approval. */
export async function approvable(yard: Yard, { plan }: Rollout): Promise<void> {
  const waits = ({ stages }: PlanStatus) => stages?.[1]?.counts?.activated === 2
  await yard.reached(plan, 'it waits for its approval', waits)
}

/** Resolves when the last stage of a rollout is under way. */
export async function midway(yard: Yard, { plan }: Rollout): Promise<void> {
  const begun = ({ stages }: PlanStatus) => (stages?.[2]?.counts?.activated ?? 0) > 0
  await yard.reached(plan, 'its last stage is under way', begun)
}

function planOf(name: string, release: string, { approval = false }: PublishOptions): object {
  const gates = [{ kind: 'health', minPercent: 100 }]
  return {
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name, namespace: FLEET },
    spec: {
      artifactRef: `localhost/agent:${release}`,
      release,
      fleet: { selector: { matchLabels: { [YARD_LABEL]: SITE } } },
      activation: {
        confirm: {
          kind: 'pod',
          namespace: FLEET,
          selector: { matchLabels: { app: 'agent', release } },
          minReadySeconds: 1,
        },
        timeoutSeconds: 30,
      },
      stages: [
        { id: 'canary', nodes: { selector: { matchLabels: { tier: 'canary' } } }, gates },
        {
          id: 'pilot',
          nodes: { selector: { matchLabels: { tier: 'pilot' } } },
          batchSize: 2,
          gates: approval ? [...gates, { kind: 'manual', approvals: 1 }] : gates,
        },
        { id: 'rest', nodes: {}, batchSize: 1, gates },
      ],
    },
  }
}
