import type { MemberNode, MemberState } from '../member.ts'
import type { Observation } from '../observation.ts'
import { type SurveyedStage, blind, survey } from '../survey.ts'
import { timestamp } from '../time.ts'

export const NODE_STATES = [
  'pending',
  'activating',
  'activated',
  'failed',
  'unreachable',
  'gone',
] as const satisfies readonly MemberState['kind'][]

export type NodeRow = {
  readonly node: string
  readonly uid: string
  readonly stageId: string
  readonly state: MemberState['kind']
  /** RFC 3339, where it is known since when. */
  readonly since?: string
  /** CamelCase. */
  readonly reason?: string
  readonly message?: string
}

/** One row for each member of the stages opened so far, in the order in which they are activated. */
export function nodesOf(observation: Observation, now: number): readonly NodeRow[] {
  const unseen = blind(observation)
  return survey(observation, now).flatMap(surveyed => rowsOf(surveyed, unseen))
}

function rowsOf(surveyed: SurveyedStage, unseen: boolean): readonly NodeRow[] {
  if (surveyed.kind !== 'known') return []
  return surveyed.members.map(member => rowOf(member, surveyed.status.id, unseen))
}

function rowOf({ name, uid, state, confirmed }: MemberNode, stageId: string, unseen: boolean): NodeRow {
  const row = { node: name, uid, stageId, state: state.kind }
  switch (state.kind) {
    case 'pending':
      if (state.heldBy !== undefined)
        return { ...row, reason: 'HeldByPlan', message: `plan ${state.heldBy} is moving this node` }
      return state.again
        ? { ...row, reason: 'Retried', message: 'failed before, and is tried again when its turn comes' }
        : row
    case 'activating':
      return { ...row, reason: unseen ? 'PodsUnknown' : 'Waiting', message: state.detail }
    case 'activated':
      return unseen && confirmed
        ? { ...row, reason: 'PodsUnknown', message: 'it had confirmed; its pods cannot be seen now' }
        : { ...row, since: timestamp(state.since) }
    case 'failed':
      return { ...row, reason: state.reason, message: state.detail }
    case 'unreachable':
      return { ...row, reason: 'NodeNotReady', message: state.detail }
    case 'gone':
      return { ...row, reason: 'Deleted', message: 'the node was deleted after the stage had opened' }
  }
}
