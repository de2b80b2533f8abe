import { linkAbort, whenAborted } from '../../operator/runtime/abort.ts'
import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import type { Answer } from './state/event.ts'
import { startFeed } from './feed/feed.ts'
import { firstAnswer } from './first-answer.ts'
import type { Subject } from './state/subject.ts'
import { changes, lineOf } from './view/line.ts'
import { WATCHED, type WatchOptions, explained } from './options.ts'

/** One line a change on standard output, trouble on standard error. */
export async function followInLines(options: WatchOptions): Promise<number> {
  const { orchestrator, clock, plan, stdout, stderr, signal } = options
  let known: ReadonlyMap<string, string> = new Map()
  let complained = false
  using own = linkAbort(signal)
  const ended = Promise.withResolvers<number>()

  const take = (answer: Answer) => {
    const plans = plansIn(answer)
    if (plans === undefined) return
    if (complained) stderr.write('connected again\n')
    complained = false
    const time = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
    for (const line of changes(known, plans)) stdout.write(`${time} ${line}\n`)
    known = new Map(plans.map(body => [body.plan_id, lineOf(body)]))
    const end = plan === undefined ? undefined : endOf(plans[0])
    if (end !== undefined) ended.resolve(end)
  }

  const subject: Subject = plan === undefined ? { kind: 'plans' } : { kind: 'plan', plan }
  take(await firstAnswer(options))
  await using feed = startFeed({
    orchestrator,
    clock,
    explain: explained(options),
    signal: own.signal,
    onEvent: event => {
      if (event.kind === 'answer') take(event.answer)
      if (event.kind === 'failure' && event.topic !== 'history') {
        if (!complained) stderr.write(`${event.why}; trying again\n`)
        complained = true
      }
    },
  })
  feed.look(subject)
  return await Promise.race([ended.promise, whenAborted(signal).then(() => WATCHED.interrupted)])
}

function plansIn(answer: Answer): readonly RolloutBody[] | undefined {
  if (answer.topic === 'plans') return answer.plans
  return answer.topic === 'plan' ? [answer.plan] : undefined
}

function endOf(plan: RolloutBody | undefined): number | undefined {
  if (plan?.phase === 'completed') return WATCHED.asked
  return plan?.phase === 'rolled_back' || plan?.phase === 'cancelled' ? WATCHED.failed : undefined
}
