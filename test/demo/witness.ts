import { ANNOTATION, RELEASE_LABEL } from '../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../operator/api/object.ts'
import type { PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import { rolloutPlans, rolloutRecoveries } from '../../operator/view/resources.ts'
import { type Cache, createCache } from '../../operator/kube/cache.ts'
import { createClient } from '../../operator/kube/client.ts'
import { loadClusterConfig } from '../../operator/kube/config.ts'
import type { KubeObject, RawObject } from '../../operator/kube/object.ts'
import { nodes as nodeResource, pods as podResource } from '../../operator/kube/resource.ts'
import { createTransport } from '../../operator/kube/transport.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { createLog } from '../../operator/runtime/log.ts'

/** A node's release changed; `version` orders it among everything else that was written (one etcd). */
export type Move = {
  readonly node: string
  readonly version: bigint
  readonly from: string | undefined
  readonly to: string | undefined
  readonly plan: string | undefined
  readonly stage: string | undefined
  readonly attempt: string | undefined
}

export type PlanVersion = { readonly version: bigint; readonly status: PlanStatus }

/**
 * Somebody who watches nodes, pods and plans for themselves, as administrator, from before the operator starts, and
 * can tell afterwards what was written in which order.
 */
export type Witness = {
  readonly moves: readonly Move[]
  /** Every version of a plan's status that was seen, oldest first. */
  versionsOf(plan: string): readonly PlanVersion[]
  plan(name: string): RolloutPlan | undefined
  recovery(name: string): RolloutRecovery | undefined
  /** Names of the nodes that have this release now. */
  nodesWith(release: string): readonly string[]
  /** UIDs of the Ready pods of a release, by node. */
  podsOf(release: string): ReadonlyMap<string, string>
  stop(): Promise<void>
}

type Pod = KubeObject & {
  readonly spec?: { readonly nodeName?: string }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

export async function startWitness(kubeconfig: string, signal: AbortSignal): Promise<Witness> {
  const clock = systemClock()
  const log = createLog({ level: 'silent' })
  const config = loadClusterConfig({ clock, kubeconfig })
  const transport = createTransport({ config, clock })
  const client = createClient({ transport, clock })
  const stopping = new AbortController()
  const common = { client, clock, log }
  const whole = <T extends KubeObject>(raw: RawObject) => raw as unknown as T
  const nodes = createCache({ ...common, resource: nodeResource, trim: whole<KubeObject> })
  const pods = createCache({ ...common, resource: podResource, namespace: 'fleet', trim: whole<Pod> })
  const plans = createCache({ ...common, resource: rolloutPlans, trim: raw => raw as unknown as RolloutPlan })
  const recoveries = createCache({
    ...common,
    resource: rolloutRecoveries,
    trim: raw => raw as unknown as RolloutRecovery,
  })
  const caches: readonly Pick<Cache<unknown>, 'run' | 'whenSynced'>[] = [nodes, pods, plans, recoveries]
  const moves: Move[] = []
  const versions: (PlanVersion & { readonly name: string })[] = []

  nodes.subscribe(({ object, previous, kind }) => {
    if (kind !== 'updated') return
    const [from, to] = [previous?.metadata.labels?.[RELEASE_LABEL], object.metadata.labels?.[RELEASE_LABEL]]
    const notes = object.metadata.annotations ?? {}
    const attempt = notes[ANNOTATION.attempt]
    if (from === to && previous?.metadata.annotations?.[ANNOTATION.attempt] === attempt) return
    const [plan, stage] = [notes[ANNOTATION.plan], notes[ANNOTATION.stage]]
    moves.push({
      node: object.metadata.name,
      version: BigInt(object.metadata.resourceVersion),
      from,
      to,
      plan,
      stage,
      attempt,
    })
  })
  plans.subscribe(({ object, kind }) => {
    if (kind === 'deleted') return
    const { name, resourceVersion } = object.metadata
    versions.push({ name, version: BigInt(resourceVersion), status: object.status })
  })
  const running = Promise.all(caches.map(cache => cache.run(stopping.signal)))
  await Promise.all(caches.map(cache => cache.whenSynced(signal)))

  return {
    moves,
    versionsOf: plan => versions.filter(({ name }) => name === plan),
    plan: name => plans.get(`fleet/${name}`),
    recovery: name => recoveries.get(`fleet/${name}`),
    nodesWith: release =>
      [...nodes.values()]
        .filter(({ metadata }) => metadata.labels?.[RELEASE_LABEL] === release)
        .map(({ metadata }) => metadata.name),
    podsOf: release =>
      new Map(
        [...pods.values()]
          .filter(pod => pod.metadata.labels?.['release'] === release && isReady(pod))
          .map(pod => [pod.spec?.nodeName ?? '', pod.metadata.uid]),
      ),
    async stop() {
      stopping.abort()
      await running
      await transport.close()
    },
  }
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false
}
