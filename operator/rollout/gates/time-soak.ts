import { instant, spell, timestamp } from '../time.ts'
import type { GateAnswer, GateContext } from './answer.ts'

/** Passes when the stage has been settled for `seconds`. Pausing the plan does not stop the clock. */
export function timeSoak(seconds: number, { stage, now }: GateContext): GateAnswer {
  const length = spell(seconds * 1000)
  if (stage.settledAt === undefined)
    return { state: 'unknown', detail: `soak of ${length} starts when the nodes of the stage have settled` }
  const due = instant(stage.settledAt) + seconds * 1000
  const span = `soak of ${length} from ${stage.settledAt} to ${timestamp(due)}`
  return now >= due ? { state: 'passed', detail: `${span} is over` } : { state: 'unknown', detail: span, due }
}
