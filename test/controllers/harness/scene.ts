import { REPORT_ANNOTATION } from '../../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import type { Strategy } from '../../../operator/api/rollout-recovery.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { createNodes } from '../../cluster/simulated-node.ts'
import { until } from '../../cluster/wait.ts'
import type { AuditLine } from '../../../operator/api/audit.ts'
import { apply } from './kubectl.ts'
import type { Operator } from './operator.ts'
import { type PlanParts, RELEASE, type RecoveryParts, planManifest, recoveryManifest } from './plan-manifest.ts'
import { type WireEvent, type WireNode, create, fleetPath, list, nodePath, patch, read } from './wire.ts'

export type SceneOptions = {
  readonly nodes?: number
  /** Labels of the nodes, beside the one by which the scene's plans select them. */
  readonly labels?: (index: number) => Readonly<Record<string, string>>
}

/**
 * A namespace, an activation label and some nodes that no other test touches, and what a user does there with kubectl.
 *
 * Waits look again and again until their bound is over, and then reject with the plan as it is.
 */
export type Scene = {
  readonly cluster: Cluster
  readonly namespace: string
  readonly label: string
  /** Selects the scene's nodes. */
  readonly selector: Readonly<Record<string, string>>
  /** Names of the nodes it began with. */
  readonly names: readonly string[]
  /** Adds nodes to the fleet, numbered from `first`. */
  addNodes(count: number, first: number, labels?: Readonly<Record<string, string>>): Promise<readonly string[]>
  /** `kubectl apply` of a plan. */
  publish(parts?: PlanParts): Promise<RolloutPlan>
  plan(name?: string): Promise<RolloutPlan>
  /** Waits until the plan is as the predicate says, and answers it. */
  until(what: string, is: (plan: RolloutPlan) => boolean, options?: WaitOptions): Promise<RolloutPlan>
  /** Waits for anything else. */
  eventually<T>(what: string, probe: () => Promise<T | undefined | false>, options?: WaitOptions): Promise<T>
  /** `kubectl apply` of a recovery; answers its name. */
  ask(strategy: Strategy, parts?: RecoveryParts): Promise<string>
  /** The recovery once it is judged. */
  verdict(name: string): Promise<RolloutRecovery>
  /** `ask`, and its verdict. */
  recover(strategy: Strategy, parts?: RecoveryParts): Promise<RolloutRecovery>
  node(name: string): Promise<WireNode>
  nodes(): Promise<readonly WireNode[]>
  /** Names of the nodes that carry the release, in alphabetical order. */
  labelled(release?: string): Promise<readonly string[]>
  /** Waits until so many nodes carry the release, and answers their names. */
  untilLabelled(count: number, release?: string): Promise<readonly string[]>
  /** The agents of these nodes report that they run the release. */
  confirm(names: readonly string[], release?: string): Promise<void>
  /** Events about an object. */
  events(uid: string): Promise<readonly WireEvent[]>
  /** The audit lines about a plan, oldest first. */
  audit(plan?: string): readonly AuditLine[]
}

export type WaitOptions = { readonly plan?: string; readonly withinMs?: number }

const DEFAULT_WITHIN_MS = 20_000
const EVERY_MS = 100

export async function createScene(
  cluster: Cluster,
  name: string,
  { nodes: count = 0, labels = () => ({}) }: SceneOptions,
  operator: () => Operator,
): Promise<Scene> {
  const namespace = `t-${name}`
  const label = `fleet.autonomyops.dev/t-${name}`
  const selector = { 'test/scene': name }
  let asked = 0

  const plan = (planName = 'plan') => read<RolloutPlan>(cluster, fleetPath(namespace, 'rolloutplans', planName))
  const nodes = () => list<WireNode>(cluster, `/api/v1/nodes?labelSelector=${encodeURIComponent(`test/scene=${name}`)}`)

  const eventually: Scene['eventually'] = async (
    what,
    probe,
    { plan: planName, withinMs = DEFAULT_WITHIN_MS } = {},
  ) => {
    try {
      return await until(probe, { what, withinMs, everyMs: EVERY_MS })
    } catch (error) {
      throw new Error(`${what}: not so after ${withinMs} ms\n${await report(planName)}`, { cause: error })
    }
  }
  const report = async (planName = 'plan'): Promise<string> => {
    const answer = await cluster.request('GET', fleetPath(namespace, 'rolloutplans', planName))
    const { status } = answer.body as { readonly status?: unknown }
    const labelled = (await nodes()).map(({ metadata }) => `${metadata.name}=${metadata.labels?.[label] ?? ''}`)
    return `${planName}: ${JSON.stringify(status, undefined, 2)}\n${labelled.join(' ')}\n${operator().log(`${namespace}/${planName}`)}`
  }
  const verdict = (recovery: string) =>
    eventually(`recovery ${recovery} is judged`, async () => {
      const found = await read<RolloutRecovery>(cluster, fleetPath(namespace, 'rolloutrecoveries', recovery))
      return found.status.phase !== 'Pending' && found
    })
  const ask: Scene['ask'] = async (strategy, parts = {}) => {
    const { name: recovery = `${strategy.replace('_', '-')}-${++asked}` } = parts
    await apply(cluster, recoveryManifest(namespace, strategy, { ...parts, name: recovery }))
    return recovery
  }
  const labelled: Scene['labelled'] = async (release = RELEASE) =>
    (await nodes())
      .filter(({ metadata }) => metadata.labels?.[label] === release)
      .map(({ metadata }) => metadata.name)
      .sort()
  const addNodes: Scene['addNodes'] = (more, first, extra = {}) =>
    createNodes(cluster, {
      count: more,
      prefix: name,
      first,
      labels: index => ({ ...selector, ...labels(index), ...extra }),
    })

  const [names] = await Promise.all([
    addNodes(count, 0),
    create(cluster, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  ])

  return {
    cluster,
    namespace,
    label,
    selector,
    names,
    addNodes,
    plan,
    nodes,
    eventually,
    verdict,
    ask,
    labelled,
    publish: async (parts = {}) => {
      const fleet = { selector: { matchLabels: selector } }
      await apply(cluster, planManifest(namespace, { label, fleet, ...parts }))
      return plan(parts.name)
    },
    until: (what, is, options = {}) =>
      eventually(
        what,
        async () => {
          const found = await plan(options.plan)
          return is(found) && found
        },
        options,
      ),
    recover: async (strategy, parts) => verdict(await ask(strategy, parts)),
    node: node => read<WireNode>(cluster, nodePath(node)),
    untilLabelled: (wanted, release) =>
      eventually(`${wanted} nodes carry ${release ?? RELEASE}`, async () => {
        const found = await labelled(release)
        return found.length === wanted && found
      }),
    confirm: async (of, release = RELEASE) => {
      const metadata = { annotations: { [REPORT_ANNOTATION]: release } }
      await Promise.all(of.map(node => patch(cluster, nodePath(node), { metadata })))
    },
    audit: (of = 'plan') => operator().audit.filter(({ resource }) => resource === `${namespace}/${of}`),
    events: async uid => {
      const all = await list<WireEvent>(cluster, `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)
      return all.filter(({ regarding }) => regarding.uid === uid)
    },
  }
}
