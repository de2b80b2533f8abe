import { REPORT_ANNOTATION } from '../../operator/api/names.ts'
import { expectSuccess } from '../cluster/admin-client.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { KINDS, type Observer } from './observer.ts'
import type { Provider } from './provider.ts'
import {
  type NodeAct,
  RUN_LABEL,
  type Step,
  type Workload,
  draftsOf,
  nodeOf,
  planOf,
  readyCondition,
  recoveryOf,
  reportsDue,
} from './workload.ts'
import { type Everything, type World, membersOf, worldIn } from './world.ts'

/** Everybody but the operator: the agents on the nodes, and the people who create plans and recoveries. */
export type Actors = {
  /** How many of the workload's steps have been taken. */
  stepsTaken(): number
  /** Ends their work; rejects with what went wrong in it. */
  stop(): Promise<void>
  /** Deletes all that the run has left, so that later runs do not carry it along. */
  clear(): Promise<void>
}

export type ActorsOptions = {
  readonly cluster: Pick<Cluster, 'request'>
  readonly observer: Observer
  readonly provider: Provider
  readonly workload: Workload
  readonly run: string
  /** Awaited when the nodes are there, before the plan. */
  readonly ready?: (nodes: readonly string[]) => Promise<void>
  /** Awaited before each act, so that a replica that has just started gets its chance to do something wrong first. */
  readonly calm: () => Promise<void>
}

export function everythingOf(observer: Observer, run: string): Everything {
  return {
    plans: observer.present('plan', run),
    recoveries: observer.present('recovery', run),
    nodes: observer.present('node', run),
    revisions: observer.present('revision', run),
  }
}

/** @param plan  which of the run's plans it is about */
export function worldOf(observer: Observer, run: string, plan = 'plan'): World {
  return worldIn(everythingOf(observer, run), plan)
}

/** Creates the nodes and the plan; from then on everybody acts on what is stored, each of them once for each occasion. */
export async function startActors(options: ActorsOptions): Promise<Actors> {
  const { cluster, observer, provider, workload, run, calm } = options
  const ask = async (method: string, path: string, body?: object, contentType?: string) =>
    void expectSuccess(
      `${method} ${path}`,
      await cluster.request(method, path, body, contentType === undefined ? {} : { contentType }),
    )
  const collection = (kind: 'plan' | 'recovery' | 'revision') =>
    KINDS[kind].replace(/\/(\w+)$/, `/namespaces/${run}/$1`)
  const plans = draftsOf(workload)
  const of = (plan: string): World => worldOf(observer, run, plan)

  const answered = new Set<string>()
  let steps = 0
  let nodes = workload.nodes.length
  let acts: Promise<void> = Promise.resolve()
  let broken: { readonly error: unknown } | undefined
  const act = (work: () => Promise<void>): void => {
    acts = acts
      .then(calm)
      .then(work)
      .catch((error: unknown) => void (broken ??= { error }))
  }

  const createPlan = async (name: string): Promise<void> => {
    const draft = plans.find(plan => plan.name === name)
    if (draft === undefined) throw new Error(`workload ${workload.name} has no plan ${name}`)
    await ask('POST', collection('plan'), planOf(workload, draft, run, provider.address(run)))
  }
  const createNode = async (labels: { readonly [label: string]: string }, position: number): Promise<void> =>
    await ask('POST', KINDS.node, nodeOf(labels, position, run, workload.away?.includes(position) !== true))
  const report = async (name: string, text: string): Promise<void> => {
    const patch = { metadata: { annotations: { [REPORT_ANNOTATION]: text } } }
    await ask('PATCH', `${KINDS.node}/${name}`, patch, 'application/merge-patch+json')
  }

  /** Looked up at once, because members may be others when its turn comes. */
  const nodeWork = (node: NodeAct): (() => Promise<void>) => {
    switch (node.kind) {
      case 'add': {
        const position = nodes++
        return async () => await createNode(node.labels, position)
      }
      case 'delete':
      case 'replace': {
        const member = membersOf(of('plan'), node.stage).find(({ position }) => position === node.position)
        return async () => {
          if (member === undefined) throw new Error(`stage ${node.stage} has no member at ${node.position} to delete`)
          const { name } = member
          const place = Number(name.slice(run.length + 1))
          await ask('DELETE', `${KINDS.node}/${name}`)
          if (node.kind === 'replace') await createNode(workload.nodes[place] ?? {}, place)
        }
      }
      case 'ready': {
        const patch = { status: { conditions: [readyCondition(true)] } }
        const path = `${KINDS.node}/${run}-${node.position}/status`
        return async () => await ask('PATCH', path, patch, 'application/strategic-merge-patch+json')
      }
    }
  }
  const workOf = (step: Step, position: number): (() => Promise<void>) => {
    if ('recovery' in step)
      return async () => {
        const { name } = step.recovery
        const known = observer.present('recovery', run).some(({ metadata }) => metadata.name === name)
        if (known) await ask('DELETE', `${collection('recovery')}/${name}`)
        await ask('POST', collection('recovery'), recoveryOf(step.recovery, position, run))
      }
    if ('plan' in step) return async () => await createPlan(step.plan)
    if ('node' in step) return nodeWork(step.node)
    return async () => provider.set(run, step.provider)
  }

  const look = (): void => {
    for (const plan of plans)
      for (const [{ name, attempt }, text] of reportsDue(workload, plan, of(plan.name))) {
        const occasion = `${plan.name} ${name} ${attempt}`
        if (answered.has(occasion)) continue
        answered.add(occasion)
        act(async () => await report(name, text))
      }
    for (let step = workload.steps[steps]; step?.when(of('plan'), of) === true; step = workload.steps[steps])
      act(workOf(step, (steps += 1)))
  }

  if (workload.provider !== undefined) provider.set(run, workload.provider)
  await ask('POST', '/api/v1/namespaces', { metadata: { name: run } })
  await Promise.all(workload.nodes.map(createNode))
  const allSeen = () => of('plan').nodes.length === workload.nodes.length
  await observer.until(run, 'all nodes are seen', 10_000, allSeen)
  await options.ready?.(of('plan').nodes.map(({ metadata }) => metadata.name))
  const end = observer.subscribe(run, look)
  await createPlan('plan')
  return {
    stepsTaken: () => steps,
    stop: async () => {
      end()
      await acts
      if (broken !== undefined) throw broken.error
    },
    clear: async () => {
      for (const kind of ['plan', 'recovery', 'revision'] as const) await ask('DELETE', collection(kind))
      await ask('DELETE', `${KINDS.node}?labelSelector=${encodeURIComponent(`${RUN_LABEL}=${run}`)}`)
    },
  }
}
