import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import type { Values } from '../cli/invocation.ts'
import type { Session } from '../session.ts'
import { consequenceText, finalConsequence } from '../text/consequences.ts'

/**
 * Shows what an action will do and asks, if it cannot be taken back and somebody is there to answer.
 *
 * Without a terminal nothing is asked: the documented commands run in scripts as they stand.
 */
export async function confirmed(
  strategy: Strategy,
  values: Values,
  session: Session,
  read: () => Promise<RolloutBody>,
): Promise<boolean> {
  if (!session.attended || values.has('yes') || values.has('dry-run')) return true
  const consequence = finalConsequence(await read(), strategy, {
    stageId: values.get('stage-id'),
    gate: values.get('gate'),
  })
  if (consequence === undefined) return true
  session.say(consequenceText(consequence))
  if (await session.ask('Do it?')) return true
  session.say('nothing was done\n')
  return false
}
