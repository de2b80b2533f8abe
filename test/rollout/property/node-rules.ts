import type { RolloutPlan } from '../../../operator/api/object.ts'
import type { StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { readBitmap } from '../../../operator/rollout/bitmap.ts'
import { amount } from '../model/state.ts'
import type { Write } from './cluster.ts'
import { isTerminal } from './happening.ts'
import { type Ledger, inFlight, membersOf, noteOrder, orderOf, stageKey, violated } from './ledger.ts'

type NodeWrite = Extract<Write, { kind: 'node' }>

/** What must hold of every patch of a node; the ledger is up to date but for this write. */
export function checkNode(ledger: Ledger, { plan: writer, before, after }: NodeWrite): void {
  const plan = ledger.cluster.plans.get(writer.metadata.name)
  // Nobody is left to take back what a former leader does for a plan that has been deleted: only its lease stops it.
  if (plan?.metadata.uid !== writer.metadata.uid) return
  const order = orderOf(after, plan)
  const told = order !== undefined
  const stageId = (order ?? orderOf(before, plan))?.stage ?? violated('no order', `node ${before.metadata.name}`)
  const stage = plan.status.stages?.find(({ id }) => id === stageId)
  if (!stage) return violated('unknown stage', stageId)
  const members = membersOf(ledger.cluster, plan, stage)
  const index = members.findIndex(({ uid }) => uid === before.metadata.uid)
  const where = `node ${before.metadata.name}, member ${index} of ${stageId} of ${plan.metadata.name} (${stage.phase})`
  if (index < 0) return violated('not a member', where)

  const stop = ledger.stops.get(stageKey(plan, stageId))
  const confirmed = readBitmap(stage.confirmed).has(index)
  if (stop && confirmed) return violated('confirmed node touched after a stop', where)
  if (!told) return stop ? undefined : violated('withdrawn without a stop', where)

  if (index >= (stage.released ?? 0)) return violated('beyond the released mark', `${where}, ${stage.released}`)
  const seen = writer.status.stages?.find(({ id }) => id === stageId)
  if (index >= (seen?.released ?? 0) || readBitmap(seen?.withheld).has(index))
    return violated('not released in the version that was decided from', where)
  if (stop && versionOf(writer) >= stop.version) return violated('told to move after a stop', where)
  if (stop && index >= stop.released) return violated('told to move after a stop, beyond its mark', where)
  if (writer.status.phase !== 'active' && writer.status.phase !== 'completed')
    return violated('told to move', `while ${writer.status.phase}: ${where}`)
  noteOrder(ledger, plan, before.metadata.uid, stageId)
  if (!stop) checkBatch(ledger, plan, stage, members.length, where)
}

function checkBatch(ledger: Ledger, plan: RolloutPlan, { id }: StageStatus, size: number, where: string): void {
  const spec = plan.spec.stages.find(stage => stage.id === id)
  const batch = Math.max(1, amount(spec?.batchSize ?? 1, size, Math.ceil))
  const flying = inFlight(ledger, plan, id)
  if (flying.length > batch) violated('batch exceeded', `${flying.join(' ')} of at most ${batch}; ${where}`)
}

/** What must hold when everybody sees everything and nothing is left to do. */
export function checkNodesAtRest(ledger: Ledger): void {
  const { cluster } = ledger
  for (const plan of cluster.plans.values()) {
    const stopped = plan.status.phase === 'rolled_back' || plan.status.phase === 'cancelled'
    for (const stage of plan.status.stages ?? []) {
      const { has } = readBitmap(stage.confirmed)
      for (const [index, { uid }] of membersOf(cluster, plan, stage).entries()) {
        const node = cluster.nodes.get(uid)
        if (!node || !orderOf(node, plan) || has(index) || !(stopped || stage.phase === 'halted')) continue
        violated('not withdrawn', `node ${node.metadata.name} of ${stage.id} of ${plan.metadata.name}`)
      }
      if (!isTerminal(plan)) checkCounts(ledger, plan, stage)
    }
  }
}

function checkCounts({ cluster }: Ledger, plan: RolloutPlan, stage: StageStatus): void {
  if (!stage.members) return
  const { total = 0, gone = 0, ...others } = stage.counts ?? {}
  const members = membersOf(cluster, plan, stage)
  const missing = members.filter(({ uid }) => !cluster.nodes.has(uid)).length
  const sum = Object.values(others).reduce((a, b) => a + b, 0)
  const told = members.filter(({ uid }) => {
    const node = cluster.nodes.get(uid)
    return node && orderOf(node, plan) !== undefined
  }).length
  const { activating = 0, activated = 0, failed = 0 } = stage.counts ?? {}
  if (total !== members.length || gone !== missing || sum + gone !== total || activating + activated + failed > told)
    violated('counts', `${stage.id} of ${plan.metadata.name}: ${JSON.stringify(stage.counts)}, ${told} told`)
}

function versionOf({ metadata }: RolloutPlan): number {
  return Number(metadata.resourceVersion)
}
