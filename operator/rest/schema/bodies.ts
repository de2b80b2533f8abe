import type { Infer, ObjectSchema } from '../../api/schema.ts'
import type { approveAnswer, errorAnswer, healthAnswer, recoverAnswer } from './answers.ts'
import { checked } from './check.ts'
import type { gateReport, historyReport, nodeReport, stuckReport } from './reports.ts'
import type { approveRequest, deleteRequest, reasonRequest, recoverRequest, reportRequest } from './requests.ts'
import type { rollout, rolloutList } from './rollout.ts'

/** Every body of the surface, each written once: the types, the checks and the OpenAPI description come from here. */

export { approveAnswer, errorAnswer, healthAnswer, recoverAnswer } from './answers.ts'
export { gateReport, historyReport, nodeReport, stuckReport } from './reports.ts'
export {
  approveRequest,
  createRequest,
  deleteRequest,
  reasonRequest,
  recoverRequest,
  reportRequest,
} from './requests.ts'
export { rollout, rolloutList } from './rollout.ts'

export type RolloutBody = Infer<typeof rollout>
export type RolloutListBody = Infer<typeof rolloutList>
export type StuckBody = Infer<typeof stuckReport>
export type GatesBody = Infer<typeof gateReport>
export type NodesBody = Infer<typeof nodeReport>
export type HistoryBody = Infer<typeof historyReport>
export type RecoverBody = Infer<typeof recoverAnswer>
export type ApproveBody = Infer<typeof approveAnswer>
export type ErrorBody = Infer<typeof errorAnswer>
export type HealthBody = Infer<typeof healthAnswer>

export type RecoverRequest = Infer<typeof recoverRequest>
export type ReasonRequest = Infer<typeof reasonRequest>
export type ApproveRequest = Infer<typeof approveRequest>
export type ReportRequest = Infer<typeof reportRequest>
export type DeleteRequest = Infer<typeof deleteRequest>
/** The rest is a plan's spec in snake_case, as `toSpec` takes it. */
export type CreateRequest = { readonly plan_id: string; readonly [field: string]: unknown }

/** The body, checked. @throws Failure 422 */
export function bodyOf<T>(schema: ObjectSchema, body: unknown): T {
  return checked<T>(schema, body)
}
