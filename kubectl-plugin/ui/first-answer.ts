import type { Answer } from './state/event.ts'
import { plansReader } from './feed/read.ts'
import type { WatchOptions } from './options.ts'

/** Read before anything is shown, so that a wrong name or a missing right is an error like any other command's. */
export async function firstAnswer({ orchestrator, plan, signal }: WatchOptions): Promise<Answer> {
  if (plan === undefined) return { topic: 'plans', plans: await plansReader(orchestrator)({ signal }) }
  return { topic: 'plan', plan: await orchestrator.get(plan, { signal }) }
}
