import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { openManualGate } from './offer.ts'
import type { Standing } from './standing.ts'

/** What a person can do about it, most likely first; `key` is the key that does it here. */
export type Remedy = { readonly key: string; readonly words: string }

const RECOVER: Remedy = { key: 'r', words: 'recover (retry, skip, roll back)' }
const SKIP: Remedy = { key: 's', words: 'skip one gate' }
const APPROVE: Remedy = { key: 'a', words: 'approve the manual gate' }

/** By the reason, as docs/reasons.md tells it; empty when nothing is to be done. */
export function remediesOf(plan: RolloutBody, { kind, reason }: Standing): readonly Remedy[] {
  const approve = openManualGate(plan) === undefined ? [] : [APPROVE]
  switch (reason) {
    case 'AwaitingApproval':
      return kind === 'stuck' ? [...approve, RECOVER] : approve
    case 'GatePending':
      return [...approve, RECOVER, SKIP]
    case 'GateFailed':
      return [RECOVER, SKIP, { key: 'h', words: 'halt the stage' }]
    case 'TooManyFailures':
      return [RECOVER, { key: 'h', words: 'halt the stage' }]
    case 'NodesUnreachable':
    case 'NoneActivated':
      return [{ key: '', words: 'bring the nodes back' }, RECOVER]
    case 'NoNodes':
      return [{ key: '', words: 'label nodes for the stage' }, RECOVER]
    case 'Paused':
      return [{ key: 'p', words: 'resume' }, RECOVER]
    case 'StageHalted':
      return [{ key: 'r', words: 'recover (retry goes on with the next stage)' }]
    case 'MembersUnknown':
      return [{ key: '', words: 'restore the ControllerRevisions, or cancel the plan and create it anew' }]
    case 'PodsUnknown':
      return [{ key: '', words: 'give the operator the right to list and watch those pods' }]
    case 'Pending':
      return [{ key: '', words: 'see that an operator process runs' }]
    case 'RolledBack':
    case 'Cancelled':
      return [{ key: '', words: 'create a new plan to go on' }]
    default:
      return kind === 'stuck' ? [RECOVER] : []
  }
}
