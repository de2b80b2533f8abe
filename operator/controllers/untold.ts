import type { PlanStatus } from '../api/rollout-plan-status.ts'
import { changeOf } from '../rollout/change.ts'
import type { Records } from './record.ts'

/**
 * What status writes of plans leave behind, until it is known whether they were made.
 *
 * A write whose answer was lost may have been made, or may still be: the API server can commit a request that nobody waits
 * for any more. So what it was to leave behind is kept until its status is seen, or a later write is answered.
 */
export type Untold = {
  /** A write is sent. */
  sent(planKey: string, status: PlanStatus, records: Records): void
  /** The write sent last was made, and none before it. */
  answered(planKey: string): void
  /** The write sent last was not made, and will not be. */
  refused(planKey: string): void
  /** What is to be told now that the plan is seen with this status: of the write that made it. */
  seen(planKey: string, status: PlanStatus): Records | undefined
  forget(planKey: string): void
}

/** More tries of one write are not remembered. */
const MOST = 10

export function createUntold(): Untold {
  const writes = new Map<string, readonly { readonly status: PlanStatus; readonly records: Records }[]>()
  const forget = (planKey: string): void => void writes.delete(planKey)
  return {
    sent: (planKey, status, records) =>
      void writes.set(planKey, [...(writes.get(planKey) ?? []), { status, records }].slice(-MOST)),
    answered: forget,
    refused: planKey => void writes.set(planKey, (writes.get(planKey) ?? []).slice(0, -1)),
    seen: (planKey, status) => {
      const made = writes.get(planKey)?.find(write => changeOf(status, write.status) === 'none')
      if (made) forget(planKey)
      return made?.records
    },
    forget,
  }
}
