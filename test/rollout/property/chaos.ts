import type { FleetNode } from '../../../operator/fleet/node.ts'
import { type Cluster, patchNode } from './cluster.ts'
import { type Intent, type Process, runToRest, startProcess, step } from './operator.ts'
import type { Fault } from './scenario.ts'

/** One leader, and former ones that do not know yet that they are none. */
export type Crew = { readonly cluster: Cluster; leader: Process; readonly formers: Former[] }

/** All that a process knew when it was left behind. */
type Former = {
  readonly view: Process['view']
  readonly nodes: ReadonlyMap<string, FleetNode>
  readonly pods: Cluster['pods']
  /** The patches it was about to make. */
  intents: readonly Intent[]
}

/** The process ends, or does not learn what became of its write. */
class Cut extends Error {
  readonly by: Extract<Fault, { readonly crossings: number }>
  readonly rest: readonly Intent[]
  constructor(by: Cut['by'], rest: readonly Intent[]) {
    super('cut')
    this.by = by
    this.rest = rest
  }
}

export function startCrew(cluster: Cluster): Crew {
  return { cluster, leader: startProcess(cluster), formers: [] }
}

/** Lets a fault happen. */
export function fail(crew: Crew, fault: Fault): void {
  const { cluster, leader } = crew
  switch (fault.kind) {
    case 'crash':
    case 'lost':
      return cutAt(leader, fault)
    case 'failOver':
      leave(crew, [])
      return
    case 'former':
      return actLate(crew, fault)
    case 'lag': {
      const node = [...cluster.nodes.values()][fault.node % Math.max(1, cluster.nodes.size)]
      if (!node || leader.oldNodes.has(node.metadata.uid)) return
      leader.oldNodes.set(node.metadata.uid, node)
      leader.oldPods.set(node.metadata.name, cluster.pods.get(node.metadata.name) ?? [])
      return
    }
    case 'lagLists':
      leader.view = { ...leader.view, lists: copyLists(cluster) }
      return
    case 'catchUp':
      leader.view = cluster
      leader.oldNodes.clear()
      leader.oldPods.clear()
      return
    case 'blind':
      leader.podsSeen = !fault.blind
  }
}

/** The leader works until nothing is left; if it dies on the way, another one takes over, now or later. */
export function work(crew: Crew): void {
  for (;;)
    try {
      return runToRest(crew.leader)
    } catch (error) {
      if (!(error instanceof Cut)) throw error
      if (error.by.kind === 'crash') leave(crew, error.rest)
      if (error.by.kind === 'crash' && error.by.down) return
    }
}

/** Everybody sees everything again, and a last leader does what is left. */
export function recover(crew: Crew): void {
  crew.leader = startProcess(crew.cluster)
  runToRest(crew.leader)
}

function cutAt(process: Process, fault: Extract<Fault, { readonly crossings: number }>): void {
  const lost = fault.kind === 'lost'
  let left = fault.crossings
  let before: FleetNode | undefined
  process.cross = (point, rest) => {
    const [when, what, uid = ''] = point.split(' ')
    if (when === 'before' && what === 'node') before = process.cluster.nodes.get(uid)
    if (left-- > 0) return
    process.cross = () => {}
    if (lost && when === 'after' && what === 'node') process.oldNodes.set(uid, before)
    throw new Cut(fault, rest())
  }
}

/** The leader is left behind with what it knows; a new one lists everything anew. */
function leave(crew: Crew, intents: readonly Intent[]): void {
  const { cluster } = crew
  const { plans, recoveries, nodes, pods } = cluster
  const view = {
    plans: new Map(plans),
    lists: copyLists(cluster),
    recoveries: new Map(recoveries),
  }
  crew.formers.push({ view, nodes: new Map(nodes), pods: new Map(pods), intents })
  crew.leader = startProcess(cluster)
}

function copyLists({ lists }: Cluster): Cluster['lists'] {
  return new Map([...lists].map(([uid, own]) => [uid, new Map(own)]))
}

function actLate({ cluster, formers }: Crew, { which, does, old }: Extract<Fault, { kind: 'former' }>): void {
  const former = formers[which % Math.max(1, formers.length)]
  if (!former) return
  if (does === 'patches') {
    for (const { plan, patch } of former.intents) patchNode(cluster, plan, patch)
    former.intents = []
    return
  }
  const { view, nodes, pods } = former
  const known = [...nodes].filter((_, position) => (old & (1 << position)) !== 0)
  const process: Process = {
    ...startProcess(cluster),
    view,
    oldNodes: new Map(known),
    oldPods: new Map(known.map(([, { metadata }]) => [metadata.name, pods.get(metadata.name) ?? []])),
  }
  for (const name of view.plans.keys()) step(process, name)
}
