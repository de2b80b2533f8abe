import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { type Deed, offerOf, offerOfGate } from '../view/offer.ts'
import type { Hint } from './footer.ts'

/** The actions that are possible now. */
export function actionHints(plan: RolloutBody | undefined): readonly Hint[] {
  if (plan === undefined) return []
  const possible = (deed: Deed) => offerOf(plan, deed).kind === 'possible'
  return [
    ...(possible('rollback') ? [{ key: 'r', does: 'recover' }] : []),
    ...(possible('approve') ? [{ key: 'a', does: 'approve' }] : []),
    ...(offerOfGate(plan).kind === 'possible' ? [{ key: 's', does: 'skip gate' }] : []),
    ...(possible('halt') ? [{ key: 'h', does: 'halt' }] : []),
    ...(possible('pause') ? [{ key: 'p', does: 'pause' }] : []),
    ...(possible('resume') ? [{ key: 'p', does: 'resume' }] : []),
  ]
}
