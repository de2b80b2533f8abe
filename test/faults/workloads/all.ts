import type { Workload } from '../workload.ts'
import { askedAgain } from './asked-again.ts'
import { cancelledActive, cancelledBefore } from './cancelled.ts'
import { caughtUp } from './caught-up.ts'
import { churn } from './churn.ts'
import { concurrent } from './concurrent.ts'
import { gateFailed, gateUnknown } from './gated.ts'
import { halted, resumedInVain } from './halted.ts'
import { happy } from './happy.ts'
import { paused } from './paused.ts'
import { recovered } from './recovered.ts'
import { replaced } from './replaced.ts'
import { retriedThenRolledBack, rolledBack } from './rolled-back.ts'
import { skippedLast, skippedMiddle } from './skipped.ts'
import { timedOut } from './timed-out.ts'
import { tooLate } from './too-late.ts'
import { twoPlans } from './two-plans.ts'

export const WORKLOADS: readonly Workload[] = [
  happy,
  recovered,
  rolledBack,
  skippedMiddle,
  skippedLast,
  halted,
  cancelledActive,
  cancelledBefore,
  concurrent,
  churn,
  twoPlans,
  paused,
  caughtUp,
  timedOut,
  gateUnknown,
  gateFailed,
  tooLate,
  resumedInVain,
  retriedThenRolledBack,
  askedAgain,
  replaced,
]

/** Those in which no clock decides anything: what they end in is the same when a replica's time passes faster. */
export const UNTIMED = WORKLOADS.filter(
  ({ timeoutSeconds, stages }) =>
    timeoutSeconds === undefined && stages.every(({ gates }) => typeof gates !== 'function'),
)
