import { REPORT_ANNOTATION } from '../../operator/api/names.ts'
import { expectSuccess } from '../cluster/admin-client.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { KINDS, type Observer } from './observer.ts'
import { type Workload, nodeOf, planOf, recoveryOf, reportsDue } from './workload.ts'
import type { World, WirePlan, WireRecovery, WireRevision } from './world.ts'

/** Everybody but the operator: the agents on the nodes, and the people who create the plan and its recoveries. */
export type Actors = {
  /** How many of the workload's steps have been taken. */
  stepsTaken(): number
  /** Ends their work; rejects with what went wrong in it. */
  stop(): Promise<void>
}

export type ActorsOptions = {
  readonly cluster: Pick<Cluster, 'request'>
  readonly observer: Observer
  readonly workload: Workload
  readonly run: string
  /** Awaited before each act, so that a replica that has just started gets its chance to do something wrong first. */
  readonly calm: () => Promise<void>
}

export function worldOf(observer: Observer, run: string): World {
  return {
    plan: observer.present<WirePlan>('plan', run)[0],
    recoveries: observer.present<WireRecovery>('recovery', run),
    nodes: observer.present('node', run),
    revisions: observer.present<WireRevision>('revision', run),
  }
}

/** Creates the nodes and the plan; from then on everybody acts on what is stored, each of them once for each occasion. */
export async function startActors({ cluster, observer, workload, run, calm }: ActorsOptions): Promise<Actors> {
  const create = async (path: string, object: object) =>
    void expectSuccess(`creating at ${path}`, await cluster.request('POST', path, object))
  const namespaced = (kind: 'plan' | 'recovery') => KINDS[kind].replace('/rollout', `/namespaces/${run}/rollout`)

  const answered = new Set<string>()
  let steps = 0
  let acts: Promise<void> = Promise.resolve()
  let broken: { readonly error: unknown } | undefined
  const act = (work: () => Promise<void>): void => {
    acts = acts
      .then(calm)
      .then(work)
      .catch((error: unknown) => void (broken ??= { error }))
  }

  const report = async (name: string, text: string): Promise<void> => {
    const patch = { metadata: { annotations: { [REPORT_ANNOTATION]: text } } }
    const contentType = 'application/merge-patch+json'
    const answer = await cluster.request('PATCH', `${KINDS.node}/${name}`, patch, { contentType })
    expectSuccess(`reporting on ${name}`, answer)
  }
  const look = (): void => {
    const world = worldOf(observer, run)
    for (const [{ name, attempt }, text] of reportsDue(workload, world)) {
      const occasion = `${name} ${attempt}`
      if (answered.has(occasion)) continue
      answered.add(occasion)
      act(async () => await report(name, text))
    }
    const step = workload.steps[steps]
    if (step?.when(world) !== true) return
    const recovery = recoveryOf(step, (steps += 1), run)
    act(async () => await create(namespaced('recovery'), recovery))
  }

  await create('/api/v1/namespaces', { metadata: { name: run } })
  await Promise.all(
    workload.nodes.map(async (_, position) => await create(KINDS.node, nodeOf(workload, position, run))),
  )
  await observer.until(
    run,
    'all nodes are seen',
    10_000,
    () => worldOf(observer, run).nodes.length === workload.nodes.length,
  )
  const end = observer.subscribe(run, look)
  await create(namespaced('plan'), planOf(workload, run))
  return {
    stepsTaken: () => steps,
    stop: async () => {
      end()
      await acts
      if (broken !== undefined) throw broken.error
    },
  }
}
