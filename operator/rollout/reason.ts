import type { GateResult } from './gates/gate.ts'
import type { Situation } from './situation.ts'

/**
 * What a situation is called and what to do about it.
 *
 * - `reason`: stable CamelCase code, the table of which is docs/reasons.md.
 * - `message`: one sentence for a person, naming what is waited for and, where a person can help, the way on.
 * - `course`: `moving` ends by itself, `stalled` needs a person, `done` is completed.
 */
export type Reason = {
  readonly reason: string
  readonly message: string
  readonly course: 'moving' | 'stalled' | 'done'
}

const CHOICES = 'retry when the cause is gone, skip_failed to go on without, or rollback'

export function reasonOf(situation: Situation): Reason {
  switch (situation.kind) {
    case 'waiting-for-plan':
      return moving(
        'WaitingForPlan',
        `waits until plan ${situation.plan}, which moves some of the same nodes, has ended`,
      )
    case 'no-nodes':
      return stalled(
        'NoNodes',
        situation.gone
          ? `stage ${situation.stage}: all ${situation.gone} of its nodes were deleted; skip_failed to go on without it, or rollback`
          : `stage ${situation.stage} selects no node: label nodes for it, skip_failed to go on without it, or set allowEmpty in a new plan`,
      )
    case 'blocked': {
      const { stage, counts, tolerated, worst } = situation
      const first = worst ? `, first ${worst.name}: ${worst.reason}, ${worst.message}` : ''
      return stalled(
        'TooManyFailures',
        `stage ${stage}: ${counts.failed} of ${counts.total} nodes failed, ${tolerated} tolerated${first}; ${CHOICES}`,
      )
    }
    case 'rolling':
      return moving('Activating', rolling(situation))
    case 'held':
      return moving(
        'WaitingForPlan',
        `stage ${situation.stage}: its last nodes are being moved by plan ${situation.by}`,
      )
    case 'unreachable': {
      const { stage, counts, tolerated, names } = situation
      return moving(
        'NodesUnreachable',
        `stage ${stage}: ${counts.unreachable} of ${counts.total} nodes are not Ready, ${tolerated} tolerated (${names.join(', ')}): bring them back, or skip_failed to go on and catch them up later`,
      )
    }
    case 'unmoved': {
      const { stage, counts } = situation
      const where = `${counts.unreachable} not Ready, ${counts.failed} failed, ${counts.gone} deleted`
      return stalled(
        'NoneActivated',
        `stage ${stage}: none of its ${counts.total} nodes is activated (${where}), which proves nothing, tolerated or not: bring one back, retry when the cause is gone, or skip_failed to go on without`,
      )
    }
    case 'gated':
      return gated(situation)
    case 'stepping':
      return moving('Progressing', situation.message)
    case 'paused':
      return stalled('Paused', `paused${situation.stage ? ` in stage ${situation.stage}` : ''}: resume to go on`)
    case 'halted':
      return stalled(
        'StageHalted',
        `stage ${situation.stage} was halted for good: retry to go on with the stage after it, or rollback`,
      )
    case 'completed': {
      const { activated, total, later, unassigned } = situation
      const rest = later > 0 ? `; ${later} more are activated when they can be reached` : ''
      const none = unassigned > 0 ? `; ${unassigned} nodes of the fleet belong to no stage` : ''
      return { reason: 'Completed', message: `${activated} of ${total} nodes activated${rest}${none}`, course: 'done' }
    }
    case 'rolled-back':
    case 'cancelled': {
      const [reason, what] =
        situation.kind === 'cancelled'
          ? (['Cancelled', 'cancelled'] as const)
          : (['RolledBack', 'rolled back'] as const)
      const rest =
        situation.inFlight > 0 ? `${situation.inFlight} nodes in flight get back what they had` : 'no node is in flight'
      return stalled(reason, `${what}: ${situation.activated} activated nodes keep running the release, ${rest}`)
    }
    case 'members-unknown':
      return stalled(
        'MembersUnknown',
        `stage ${situation.stage}: the ControllerRevisions that hold its members are missing or altered; restore them, or cancel the plan and create it anew`,
      )
    case 'pods-unknown':
      return moving(
        'PodsUnknown',
        `pods in namespace ${situation.namespace} cannot be watched, so nothing can be confirmed; check the operator's role there`,
      )
  }
}

function rolling({ stage, counts, first }: Extract<Situation, { kind: 'rolling' }>): string {
  const { total, activated, activating } = counts
  const waited = first ? `, first ${first.name}: ${first.detail}` : ''
  return `stage ${stage}: ${activated} of ${total} nodes activated, ${activating} in flight${waited}`
}

function gated({ stage, by }: Extract<Situation, { kind: 'gated' }>): Reason {
  const list = by.map(said).join(', ')
  const names = `gate${by.length > 1 ? 's' : ''} ${list}`
  const manual = by.find(gate => gate.kind === 'manual')
  if (by.some(gate => gate.state === 'failed'))
    return moving('GateFailed', `stage ${stage}: ${names} not passed; ${CHOICES}`)
  if (manual && by.length === 1)
    return moving('AwaitingApproval', `stage ${stage}: gate ${manual.name} has ${manual.detail}; approve it`)
  if (by.some(gate => gate.due === undefined))
    return moving('GatePending', `stage ${stage}: ${names} not passed${manual ? '; approve it' : ''}`)
  return moving('Soaking', `stage ${stage}: ${names}`)
}

/** What a gate that looks outside saw goes on from its name: `error-rate is 0.061, must be < 0.05`. */
function said({ name, detail, state, evidence }: GateResult): string {
  return evidence === undefined ? `${name} (${detail ?? state})` : `${name} ${detail ?? state}`
}

function moving(reason: string, message: string): Reason {
  return { reason, message, course: 'moving' }
}

function stalled(reason: string, message: string): Reason {
  return { reason, message, course: 'stalled' }
}
