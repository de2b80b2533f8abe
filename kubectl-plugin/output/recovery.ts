import type { RecoverBody } from '../../operator/rest/schema/bodies.ts'
import { documentedRecovery } from '../text/documented.ts'
import { type Shown, nameOf } from './show.ts'

/** What a recovery has done, in all its forms. */
export function shownRecovery(body: RecoverBody): Shown {
  return { body, names: () => [nameOf(body.plan_id)], text: () => documentedRecovery(body) }
}
