import { isDeepStrictEqual } from 'node:util'
import type { PlanStatus } from '../api/rollout-plan-status.ts'
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
  /** The write sent last was made, and none before it that was not seen. */
  answered(planKey: string): void
  /** The write sent last was not made, and will not be. */
  refused(planKey: string): void
  /** What is to be told now that the plan is seen with this status: of the write that made it. */
  seen(planKey: string, status: PlanStatus): Records | undefined
  /** The plan was deleted, with this status. */
  deleted(planKey: string, status: PlanStatus): void
  /** Forgets the plan; what is still to be told of the write that made the status it was deleted with. */
  leave(planKey: string): Records | undefined
}

type Write = { readonly status: PlanStatus; readonly records: Records }

/** More tries of one write are not remembered. */
const MOST = 10

export function createUntold(): Untold {
  const writes = new Map<string, readonly Write[]>()
  /** Of plans that were deleted meanwhile: the write that made their last status. */
  const last = new Map<string, Write>()
  const madeBy = (planKey: string, status: PlanStatus): Write | undefined =>
    writes.get(planKey)?.find(write => isDeepStrictEqual(write.status, status))
  const forget = (planKey: string): void => {
    writes.delete(planKey)
    last.delete(planKey)
  }
  return {
    sent: (planKey, status, records) =>
      void writes.set(planKey, [...(writes.get(planKey) ?? []), { status, records }].slice(-MOST)),
    answered: forget,
    refused: planKey => {
      const rest = (writes.get(planKey) ?? []).slice(0, -1)
      if (rest.length > 0) writes.set(planKey, rest)
      else writes.delete(planKey)
    },
    seen: (planKey, status) => {
      const made = madeBy(planKey, status)
      if (made) forget(planKey)
      return made?.records
    },
    deleted: (planKey, status) => {
      const made = madeBy(planKey, status)
      if (made) last.set(planKey, made)
    },
    leave: planKey => {
      const made = last.get(planKey)
      forget(planKey)
      return made?.records
    },
  }
}
