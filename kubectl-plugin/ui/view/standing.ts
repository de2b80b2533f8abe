import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { since } from './duration.ts'
import { isTrue } from './pace.ts'
import { plain } from './text.ts'

/** How a plan stands, as far as somebody who has just been woken needs to know. */
export type Standing = {
  /**
   * - `moving`: nodes are being activated.
   * - `waiting`: something is waited for that comes by itself, or needs an approval.
   * - `stuck`: needs a person now.
   * - `stopped`: a person stopped it.
   * - `done`: completed.
   */
  readonly kind: 'moving' | 'waiting' | 'stuck' | 'stopped' | 'done'
  /** One word for it, in capitals on the screen. */
  readonly word: string
  /** Stable code of the reason. */
  readonly reason: string
  /** Why, in one sentence. */
  readonly sentence: string
  /** Milliseconds since the last progress. */
  readonly idleMs: number
}

export function standingOf(plan: RolloutBody, now: number): Standing {
  const ready = plan.conditions.find(({ type }) => type === 'Ready')
  const kind = kindOf(plan, ready?.reason)
  return {
    kind,
    word: wordOf(plan, kind, ready?.reason),
    reason: ready?.reason ?? 'Pending',
    sentence: plain(ready?.message ?? 'no operator has looked at the plan yet'),
    idleMs: since(plan.updated_at, now) ?? 0,
  }
}

function kindOf(plan: RolloutBody, reason: string | undefined): Standing['kind'] {
  if (plan.phase === 'completed') return 'done'
  if (plan.phase !== 'active' && plan.phase !== 'published') return 'stopped'
  if (isTrue(plan, 'Stalled') || isTrue(plan, 'Stuck')) return 'stuck'
  return reason === 'Activating' || reason === 'Progressing' ? 'moving' : 'waiting'
}

function wordOf({ phase }: RolloutBody, kind: Standing['kind'], reason: string | undefined): string {
  if (reason === 'AwaitingApproval' && kind === 'waiting') return 'needs approval'
  if (reason === 'StageHalted') return 'halted'
  if (kind === 'done' || kind === 'stopped') return phase.replace('_', ' ')
  return kind
}
