import { API_VERSION } from '../../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import type { PlanStatus, StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { validatePlan } from '../../../operator/api/validator.ts'
import { readBitmap } from '../../../operator/rollout/bitmap.ts'
import { amount } from '../model/state.ts'
import type { Write } from './cluster.ts'
import { isTerminal } from './happening.ts'
import { type Ledger, membersOf, onTheWay, stageKey, violated } from './ledger.ts'

const MOST_BYTES = 20_000

/** What must hold of every status write of a plan. */
export function checkStatus(ledger: Ledger, { before, after }: Extract<Write, { kind: 'status' }>): void {
  const recovery = checkRecord(ledger, before, after)
  checkPhase(before, after, recovery)
  for (const [position, stage] of (after.status.stages ?? []).entries()) {
    const old = before.status.stages?.[position] ?? { id: stage.id, phase: 'pending' }
    checkStagePhase(ledger, before, after, position, recovery)
    checkMarks(ledger, after, old, stage, recovery)
    const stopped = after.status.phase === 'rolled_back' || after.status.phase === 'cancelled'
    const key = stageKey(after, stage.id)
    if ((stopped || stage.phase === 'halted') && !ledger.stops.has(key))
      ledger.stops.set(key, { version: Number(after.metadata.resourceVersion), released: old.released ?? 0 })
    if (old.phase === 'halted' && recovery?.spec.strategy === 'retry') ledger.goneOn.add(key)
  }
  checkForm(after)
}

/** The recovery that this write applies, if it applies one. It does so once, and leaves one record. */
function checkRecord(ledger: Ledger, before: RolloutPlan, after: RolloutPlan): RolloutRecovery | undefined {
  const last = after.status.lastRecovery
  if (last?.uid === before.status.lastRecovery?.uid) return undefined
  if (!last) return violated('record lost', after.metadata.name)
  const recovery = ledger.cluster.recoveries.get(last.name)
  if (recovery?.metadata.uid !== last.uid) return violated('unknown recovery', last.name)
  if (ledger.applied.has(last.uid)) return violated('applied twice', last.name)
  if (recovery.status.phase !== 'Pending') return violated('applied after its verdict', last.name)
  ledger.applied.add(last.uid)
  const entries = (after.status.history ?? []).filter(({ recovery: name }) => name === last.name)
  if (entries.length !== 1) return violated('one record of each recovery', `${entries.length} of ${last.name}`)
  if (last.previousPhase !== before.status.phase || last.newPhase !== after.status.phase)
    return violated('record', `${last.name} says ${last.previousPhase} to ${last.newPhase}`)
  return recovery
}

/** The ways from one phase to another, by what takes them; `itself` is the BatchPromoter. */
const WAYS: { readonly [by: string]: readonly string[] } = {
  itself: ['published active', 'active completed', 'published completed'],
  rollback: ['published rolled_back', 'active rolled_back', 'paused rolled_back'],
  cancel: ['published cancelled', 'active cancelled', 'paused cancelled'],
  halt: ['active paused'],
  pause: ['active paused'],
  resume: ['paused active'],
  retry: ['published active', 'paused active', 'paused completed'],
  skip_failed: ['active completed'],
  approve: [],
}

function checkPhase(before: RolloutPlan, after: RolloutPlan, recovery: RolloutRecovery | undefined): void {
  const way = `${before.status.phase} ${after.status.phase}`
  const by = recovery?.spec.strategy ?? 'itself'
  if (before.status.phase !== after.status.phase && !WAYS[by]?.includes(way)) violated('phase', `${way} by ${by}`)
  if (isTerminal(before) && recovery) violated('phase', `${by} had an effect on a plan that is ${before.status.phase}`)
}

function checkStagePhase(
  { goneOn }: Ledger,
  before: RolloutPlan,
  after: RolloutPlan,
  position: number,
  recovery: RolloutRecovery | undefined,
): void {
  const stage = after.status.stages?.[position]
  if (!stage) return
  const old = before.status.stages?.[position]
  const from = old?.phase ?? 'pending'
  const gate = recovery?.spec.gate
  const by = gate === undefined ? recovery?.spec.strategy : undefined
  const way = `${stage.id}: ${from} to ${stage.phase} by ${by ?? 'itself'}`
  const added = (stage.skippedGates?.length ?? 0) - (old?.skippedGates?.length ?? 0)
  const wanted = gate !== undefined && before.status.currentStageId === stage.id ? 1 : 0
  if (added !== wanted) violated('skipped gates', `${way}: ${added}, not ${wanted}`)
  if (recovery && gate !== undefined && from !== stage.phase) violated('stage phase', `${way} for one gate`)
  if (old?.skipped !== stage.skipped && !(by === 'skip_failed' && from === 'open')) violated('skipped', way)
  if (from === stage.phase) return
  switch (`${from} ${stage.phase}`) {
    case 'pending open': {
      const previous = after.status.stages?.[position - 1]
      const free =
        !previous ||
        previous.phase === 'promoted' ||
        (previous.phase === 'halted' && (goneOn.has(stageKey(after, previous.id)) || by === 'retry'))
      if (!free) violated('opened too early', way)
      return
    }
    case 'open promoted':
      if (by === undefined) checkPromotion(after, stage)
      else if (by !== 'skip_failed' || before.status.currentStageId !== stage.id) violated('promoted', way)
      return
    case 'open halted':
      if (by !== 'halt' && by !== 'rollback' && by !== 'cancel') violated('halted', way)
      return
    default:
      violated('stage phase', way)
  }
}

function checkPromotion(plan: RolloutPlan, stage: StageStatus): void {
  const spec = plan.spec.stages.find(({ id }) => id === stage.id)
  const passed = (stage.gates ?? []).filter(({ state }) => state === 'passed').length
  if (stage.settledAt === undefined || passed !== spec?.gates.length)
    violated('promoted without its gates', `${stage.id}: ${JSON.stringify(stage)}`)
  const { activated = 0, total = 0 } = stage.counts ?? {}
  if (activated === 0 && total > 0 && !spec.allowEmpty) violated('promoted without a node', stage.id)
  const approvers = new Set((stage.approvals ?? []).map(({ operator }) => operator))
  const manual = spec.gates.find(({ kind }) => kind === 'manual')
  const skipped = (stage.skippedGates ?? []).some(({ gate }) => gate === (manual?.name ?? 'manual'))
  if (manual && !skipped && approvals(manual.approvals) > approvers.size)
    violated('promoted without approval', stage.id)
}

function approvals(wanted: number | undefined): number {
  return wanted ?? 1
}

/** Marks only grow, except those that a retry takes back; after a stop they do not change. */
function checkMarks(
  ledger: Ledger,
  plan: RolloutPlan,
  old: StageStatus,
  stage: StageStatus,
  recovery: RolloutRecovery | undefined,
): void {
  const by = recovery?.spec.strategy
  const where = `${stage.id} of ${plan.metadata.name}, by ${by ?? 'itself'}`
  if (old.members && old.members.digest !== stage.members?.digest) violated('members changed', where)
  if (stage.members && !old.members) checkMembers(ledger, plan, stage)
  const [before, now] = [old.released ?? 0, stage.released ?? 0]
  if (now < before || now > (stage.members?.count ?? 0)) violated('released mark', `${before} to ${now}, ${where}`)
  const stopped = ledger.stops.has(stageKey(plan, stage.id))
  if (now > before && ledger.sighted && stage.phase === 'open') checkReach(ledger, plan, stage)
  const frozen = stopped || plan.status.phase === 'paused' || plan.status.phase === 'published'
  if (now > before && frozen) violated('released after a stop', where)
  if (stopped && (old.confirmed ?? '') !== (stage.confirmed ?? '')) violated('confirmed after a stop', where)
  const [had, has] = [readBitmap(old.confirmed), readBitmap(stage.confirmed)]
  for (let index = 0; index < (stage.members?.count ?? 0); index += 1)
    if (had.has(index) && !has.has(index) && by !== 'retry') violated('confirmed forgotten', `${index}, ${where}`)
  if ((stage.attempt ?? 1) !== (old.attempt ?? 1) && by !== 'retry') violated('attempt', where)
  const grown = (stage.approvals?.length ?? 0) - (old.approvals?.length ?? 0)
  if (grown !== (by === 'approve' && stage.id === recovery?.spec.stageId ? 1 : 0)) violated('approvals', where)
}

/** The mark goes no further than what a batch allows, should everybody below it be told. */
function checkReach(ledger: Ledger, plan: RolloutPlan, stage: StageStatus): void {
  const batchSize = plan.spec.stages.find(({ id }) => id === stage.id)?.batchSize ?? 1
  const batch = Math.max(1, amount(batchSize, stage.members?.count ?? 0, Math.ceil))
  const flying = onTheWay(ledger, plan, stage, stage.released ?? 0)
  if (flying.length > batch) violated('mark beyond the batch', `${flying.join(' ')} of at most ${batch}, ${stage.id}`)
}

function checkMembers({ cluster }: Ledger, plan: RolloutPlan, stage: StageStatus): void {
  const uids = new Set<string>()
  for (const known of plan.status.stages ?? [])
    for (const { uid } of membersOf(cluster, plan, known))
      if (uids.has(uid)) violated('member of two stages', `${uid}, ${stage.id} of ${plan.metadata.name}`)
      else uids.add(uid)
}

/** Valid by the schema, small, and with conditions that say something. */
function checkForm(plan: RolloutPlan): void {
  const { status } = plan
  const bare = (status.stages ?? []).map(({ confirmed: _, retried: _retried, withheld: _withheld, ...stage }) => stage)
  const bytes = JSON.stringify({ ...status, stages: bare }).length
  if (bytes > MOST_BYTES) violated('size', `${bytes} bytes`)
  const found = validatePlan({ ...plan, apiVersion: API_VERSION, kind: 'RolloutPlan' })
  if (found.length > 0) violated('schema', JSON.stringify(found))
  checkConditions(status)
}

function checkConditions(status: PlanStatus): void {
  const states = new Map((status.conditions ?? []).map(({ type, status: state }) => [type, state]))
  const all = JSON.stringify(status.conditions)
  for (const type of ['Ready', 'Reconciling', 'Stalled', 'Stuck'])
    if (!states.has(type)) violated('conditions', `${type} is missing in ${all}`)
  for (const { reason, message } of status.conditions ?? [])
    if (reason.trim() === '' || message.trim() === '') violated('conditions', `silent: ${all}`)
  if ((states.get('Ready') === 'True') !== (status.phase === 'completed')) violated('conditions', `Ready: ${all}`)
  if (states.get('Reconciling') === 'True' && states.get('Stalled') === 'True') violated('conditions', `both: ${all}`)
  const idle = states.get('Reconciling') !== 'True' && states.get('Stalled') !== 'True'
  if (idle && status.phase !== 'completed') violated('conditions', `neither moving nor stalled: ${all}`)
  const stopped = ['rolled_back', 'cancelled'].includes(status.phase)
  if (stopped && states.get('Stalled') !== 'True') violated('conditions', `stopped, not Stalled: ${all}`)
  const measured = status.phase === 'published' || status.phase === 'active'
  if (states.get('Stuck') === 'True' && !measured) violated('conditions', `${status.phase} and stuck`)
}
