import { render } from 'ink'
import { createElement } from 'react'
import { linkAbort, onAbort } from '../../operator/runtime/abort.ts'
import { App } from './components/app.ts'
import { lookFor } from './components/look.ts'
import { startFeed } from './feed/feed.ts'
import { send } from './feed/send.ts'
import { firstAnswer } from './first-answer.ts'
import { startGuard } from './guard.ts'
import type { Event } from './state/event.ts'
import type { Request } from './state/request.ts'
import { type Command, type State, begin, planHere } from './state/state.ts'
import { step } from './state/step.ts'
import { subjectOf } from './state/subject.ts'
import { lineOf } from './view/line.ts'
import { WATCHED, type WatchOptions, explained } from './options.ts'

/** Clocks on the screen go by the second; read aloud, everything that changes is said again. */
const TICK_MS = { seen: 1_000, spoken: 15_000 } as const

/** The view in a terminal: events go into the state, the state goes onto the screen. */
export async function runScreen(options: WatchOptions): Promise<number> {
  const { orchestrator, clock, plan, stdin, stdout, stderr, env, signal } = options
  const explain = explained(options)
  const first = await firstAnswer(options)
  const look = lookFor(env)
  using own = linkAbort(signal)
  const left = Promise.withResolvers<number>()

  let state = begin({ now: clock.now(), ...sizeOf(stdout), ...(plan === undefined ? {} : { plan }) })
  state = step(state, { kind: 'answer', now: clock.now(), answer: first }).state

  const guard = startGuard(stdin, !look.spoken)
  // ink does so only after its first frame: what is pressed on seeing it would be echoed, and Ctrl-C be a signal.
  stdin.setRawMode(true)
  // The alternate screen begins where the cursor is, and keys that were pressed too early were echoed there.
  stdout.write('\r\u001b[K')
  const draw = () => createElement(App, { state, look, onEvent: dispatch })
  const instance = render(draw(), {
    stdin,
    stdout,
    exitOnCtrlC: false,
    alternateScreen: !look.spoken,
    incrementalRendering: true,
    interactive: true,
    isScreenReaderEnabled: look.spoken,
  })
  await using feed = startFeed({ orchestrator, clock, explain, signal: own.signal, onEvent: dispatch })

  function dispatch(event: Event): void {
    const next = step(state, event)
    if (next.state !== state) {
      state = next.state
      instance.rerender(draw())
      feed.look(subjectOf(state))
    }
    if (next.command !== undefined) carryOut(next.command)
  }
  function carryOut(command: Command): void {
    if (command.kind === 'quit') left.resolve(WATCHED[command.how])
    else void carry(command.request)
  }
  async function carry(request: Request): Promise<void> {
    const outcome = await send(orchestrator, request, explain, own.signal)
    if (own.signal.aborted) return
    dispatch({ kind: 'sent', now: clock.now(), outcome })
    feed.hurry()
  }

  const resized = () => dispatch({ kind: 'resize', ...sizeOf(stdout) })
  stdout.on('resize', resized)
  let stopTicking = () => {}
  const tick = () => {
    dispatch({ kind: 'tick', now: clock.now() })
    stopTicking = clock.timer(look.spoken ? TICK_MS.spoken : TICK_MS.seen, tick)
  }
  tick()
  feed.look(subjectOf(state))
  const stopListening = onAbort(signal, () => left.resolve(WATCHED.interrupted))
  try {
    return await Promise.race([left.promise, instance.waitUntilExit().then(() => WATCHED.failed)])
  } finally {
    stopListening()
    stopTicking()
    stdout.off('resize', resized)
    own.abort(new Error('the view was left'))
    instance.unmount()
    await instance.waitUntilExit().catch(() => {})
    stdin.setRawMode(false)
    guard.release()
    farewell(state, stdout, stderr)
  }
}

/** What was last seen stays where the work goes on, and so does what is not known. */
function farewell(state: State, stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): void {
  const plan = planHere(state)
  if (plan !== undefined) stdout.write(`${lineOf(plan)}\n`)
  if (state.dialog?.kind !== 'sending') return
  const { deed, plan: name } = state.dialog.request
  stderr.write(
    `${deed} of ${name} was sent and not answered yet: rollout history ${name} tells whether it took effect\n`,
  )
}

function sizeOf({ columns, rows }: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } {
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 }
}
