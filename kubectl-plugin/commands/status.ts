import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, OUTPUT, PLAN, PLAN_ID } from '../cli/flags.ts'
import { UsageError } from '../cli/invocation.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { rememberEntities } from '../orchestrator/entities.ts'
import { isOrchestratorError } from '../orchestrator/trouble.ts'
import { parseSpan, span } from '../output/age.ts'
import { formOf } from '../output/form.ts'
import { nameOf, show } from '../output/show.ts'
import type { Session } from '../session.ts'
import { statusLine, verdictOf } from '../text/status.ts'

/** Between two looks; unchanged answers are not even sent. */
const LOOK_EVERY = 2_000
/** Failures in a row that a watch gets over: an API server that is restarted is away for a while. */
const PATIENCE = 60_000

export const status: Command = {
  path: ['rollout', 'status'],
  summary: 'Say in one line where a plan is, or wait for its end: for pipelines',
  describes: [
    'With --watch, prints a line whenever something changes, and ends when the plan does, or when it needs a person. A connection that fails is tried again for a minute.',
    'Exit codes: 0 completed (without --watch also: goes on), 1 rolled back or cancelled, 2 usage, 3 stuck, 4 not completed within --timeout, 5 denied, 6 unreachable.',
  ],
  takes: [PLAN],
  flags: [
    PLAN_ID,
    { name: 'watch', short: 'w', says: 'wait until the plan has ended or is stuck' },
    { name: 'timeout', value: 'TIME', says: 'how long to wait at most, such as 30m; default: for ever' },
    OUTPUT,
    ...CONNECTION,
  ],
  examples: [
    { does: 'In a pipeline', words: 'rollout status plan-abc123 --watch --timeout 2h' },
    { does: 'Now', words: 'rollout status plan-abc123' },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const id = values.need('plan-id')
    const timeout = values.get('timeout')
    const ms = timeout === undefined ? Infinity : parseSpan(timeout)
    if (ms === undefined) throw new UsageError(`--timeout ${timeout} is no length of time, such as 30m`, status.path)
    const tell = async (plan: RolloutBody) =>
      await show(session, form, {
        body: plan,
        names: () => [nameOf(plan.plan_id)],
        text: () => `${statusLine(plan, session.clock.now())}\n`,
      })
    if (!values.has('watch')) {
      const plan = await (await session.connect()).orchestrator.get(id, session)
      await tell(plan)
      return verdictOf(plan) ?? EXIT.completed
    }
    return await watch(id, ms, session, tell)
  },
}

async function watch(
  id: string,
  timeoutMs: number,
  session: Session,
  tell: (plan: RolloutBody) => Promise<void>,
): Promise<ExitCode> {
  const { clock, signal } = session
  const { orchestrator } = await session.connect()
  const entities = rememberEntities()
  const until = clock.monotonic() + timeoutMs
  let seen: RolloutBody | undefined
  let told = ''
  let failingSince: number | undefined
  for (;;) {
    try {
      const plan = await orchestrator.get(id, { signal, entities })
      failingSince = undefined
      const line = statusLine(plan, clock.now())
      if (plan !== seen && line !== told) await tell(plan)
      seen = plan
      told = line
      const verdict = verdictOf(plan)
      if (verdict !== undefined) return verdict
    } catch (error) {
      signal.throwIfAborted()
      failingSince ??= clock.monotonic()
      if (!passes(error) || clock.monotonic() - failingSince > PATIENCE) throw error
      session.say(`${session.explain(error)}; trying again\n`)
    }
    const left = until - clock.monotonic()
    if (left <= 0) {
      session.say(`not completed within ${span(timeoutMs / 1_000)}\n`)
      return EXIT.timeout
    }
    await clock.sleep(Math.min(LOOK_EVERY, left), signal)
  }
}

/** Whether another try may find it different, with nothing changed on our side. */
function passes(error: unknown): boolean {
  if (!isOrchestratorError(error)) return false
  const { trouble } = error
  if (trouble.kind === 'refused') return trouble.status === 429 || trouble.status >= 500
  return trouble.kind === 'unreachable' || trouble.kind === 'timeout' || trouble.kind === 'no_backend'
}
