import type { RolloutPlan } from '../../../operator/api/object.ts'
import { changeOf } from '../../../operator/rollout/change.ts'
import { decide } from '../../../operator/rollout/promoter.ts'
import { type Crew, recover } from './chaos.ts'
import { type Stage, ask, isTerminal, setReady, succeed } from './happening.ts'
import { type Ledger, noteLandings, violated } from './ledger.ts'
import { checkNodesAtRest } from './node-rules.ts'
import { nextLook, observe, startProcess } from './operator.ts'

const DAY = 86_400_000

/** Everybody sees everything, nothing is left to do: then all promises hold that need rest. */
export function checkRest(crew: Crew, ledger: Ledger): void {
  recover(crew)
  noteLandings(ledger)
  checkNodesAtRest(ledger)
  for (const { metadata, status } of crew.cluster.recoveries.values())
    if (status.phase === 'Pending') violated('not judged', metadata.name)
  for (const plan of crew.cluster.plans.values()) {
    checkHonesty(crew, plan)
    checkStuck(plan, crew.cluster.now)
  }
}

/** Stuck is: published or active, and no progress for too long; but a soak that runs is not stuck. */
function checkStuck({ metadata, spec, status }: RolloutPlan, now: number): void {
  const stuck = status.conditions?.find(({ type }) => type === 'Stuck')?.status === 'True'
  const soaking = status.conditions?.some(({ reason }) => reason === 'Soaking') ?? false
  const since = Date.parse(status.updatedAt ?? metadata.creationTimestamp)
  const measured = status.phase === 'published' || status.phase === 'active'
  const expected = measured && !soaking && now - since >= spec.stuckAfterSeconds * 1000
  if (stuck !== expected)
    violated('stuck', `${metadata.name} is ${stuck ? '' : 'not '}stuck: ${JSON.stringify(status)}`)
}

/** Until `lookAgainAt`, time alone changes nothing that a later step builds on. */
function checkHonesty({ cluster }: Crew, plan: RolloutPlan): void {
  const seen = observe(startProcess(cluster), plan)
  const { lookAgainAt } = decide(seen, cluster.now)
  if (lookAgainAt !== undefined && lookAgainAt <= cluster.now)
    violated('lookAgainAt', `not in the future: ${lookAgainAt}`)
  const justBefore = (lookAgainAt ?? cluster.now + 3650 * DAY) - 1
  const then = decide(seen, justBefore)
  const acts = then.freeze !== undefined || then.activate.length > 0 || then.withdraw.length > 0
  if (acts || changeOf(plan.status, then.status) === 'course')
    violated('lookAgainAt', `something is to be done before ${lookAgainAt}: ${JSON.stringify(then.status)}`)
}

/**
 * Lets every machine do well, everybody approve, and time pass: then every plan ends, or says what it needs a person
 * for; and then stays as it is.
 */
export function checkProgress(crew: Crew, stage: Stage, ledger: Ledger): void {
  const { cluster } = crew
  for (let round = 0; round < 60; round += 1) {
    for (const node of cluster.nodes.values()) {
      setReady(cluster, node, true)
      succeed(stage, cluster.nodes.get(node.metadata.uid) ?? node)
    }
    noteLandings(ledger)
    recover(crew)
    const asked = approveAll(stage)
    recover(crew)
    const next = nextLook(crew.leader)
    if (!asked && next === undefined && [...cluster.plans.values()].every(hasEndedOrStalled))
      return checkStability(crew)
    cluster.now = next ?? cluster.now + 10_000
  }
  const open = [...cluster.plans.values()].filter(plan => !hasEndedOrStalled(plan))
  violated('progress', JSON.stringify(open.map(({ status }) => status)))
}

/** Three people approve what can be approved. Says whether there was anything. */
function approveAll(stage: Stage): boolean {
  let any = false
  for (const { metadata, spec, status } of stage.cluster.plans.values()) {
    const open = status.stages?.find(({ id, phase }) => id === status.currentStageId && phase === 'open')
    const gate = spec.stages.find(({ id }) => id === open?.id)?.gates.find(({ kind }) => kind === 'manual')
    const approvals = open?.approvals ?? []
    if (!gate || approvals.length >= (gate.approvals ?? 1)) continue
    const plan = metadata.name === 'second' ? 'second' : 'first'
    for (const operator of ['alice', 'bob', 'carol'] as const)
      ask(stage, { strategy: 'approve', operator, stage: 'current', plan, uid: 'none' })
    any = true
  }
  return any
}

/** A plan has ended, or needs a person, and says for which of the reasons that are left when all machines do well. */
function hasEndedOrStalled(plan: RolloutPlan): boolean {
  if (isTerminal(plan)) return true
  const stalled = plan.status.conditions?.find(({ type }) => type === 'Stalled')
  if (stalled?.status !== 'True') return false
  switch (stalled.reason) {
    case 'Paused':
    case 'StageHalted':
    case 'NoNodes':
    case 'WaitingForPlan':
      return true
    case 'TooManyFailures':
    case 'GateFailed':
      // Only people's own edits of the label are left as failures; a retry is what takes the node back.
      return plan.status.failingNodes?.every(({ reason }) => reason === 'LabelChanged') ?? false
    case 'NoneActivated':
      // All members are gone, or failed by people's own edits.
      return (plan.status.failingNodes ?? []).every(({ reason }) => reason === 'LabelChanged')
    case 'GatePending': {
      // There is nothing to judge the health of: all members are gone, or another plan that has not ended holds them.
      const stage = plan.status.stages?.find(({ id }) => id === plan.status.currentStageId)
      const { activated = 1, failed = 1 } = stage?.counts ?? {}
      return activated + failed === 0
    }
    default:
      return false
  }
}

/** Nothing is written any more, however long one waits. */
function checkStability(crew: Crew): void {
  const { cluster } = crew
  const versions = versionsOf(crew)
  for (const days of [1, 30]) {
    cluster.now += days * DAY
    recover(crew)
    if (versionsOf(crew) !== versions) violated('stability', `${versions} became ${versionsOf(crew)}`)
  }
}

function versionsOf({ cluster }: Crew): string {
  const objects = [...cluster.plans.values(), ...cluster.nodes.values()]
  return objects.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).join(', ')
}
