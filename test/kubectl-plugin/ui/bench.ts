import { loadavg } from 'node:os'
import { PassThrough, Writable } from 'node:stream'
import type { Answer, Event, Key } from '../../../kubectl-plugin/ui/state/event.ts'
import { type State, begin } from '../../../kubectl-plugin/ui/state/state.ts'
import { step } from '../../../kubectl-plugin/ui/state/step.ts'
import { at, history, members, plan, stuckPlan } from './build.ts'

/**
 * Time from an event to the last byte of its frame, drawn as the view draws: ten thousand nodes in a stage, two hundred
 * plans in the overview, a large terminal, keys and answers that change everything. One JSON line; `cpu` is what a frame
 * takes of a processor, whatever else the machine is doing, and `load` how much else that is.
 */

// As `watch` does it: React decides when it is loaded.
process.env['NODE_ENV'] ??= 'production'
const { render } = await import('ink')
const { createElement } = await import('react')
const { App } = await import('../../../kubectl-plugin/ui/components/app.ts')
const { lookFor } = await import('../../../kubectl-plugin/ui/components/look.ts')

const MUST_MS = 50
const [COLUMNS, ROWS] = [200, 60] as const
const FRAMES = 600

type Run = { readonly ms: readonly number[]; readonly cpu: readonly number[]; readonly bytes: readonly number[] }

/** A terminal that takes everything at once. */
function terminal(): Writable & { columns: number; rows: number; isTTY: true; taken: number } {
  const sink = Object.assign(
    new Writable({
      write(chunk: Buffer, _, done) {
        sink.taken += chunk.length
        done()
      },
    }),
    { columns: COLUMNS, rows: ROWS, isTTY: true as const, taken: 0 },
  )
  return sink
}

function keyboard(): NodeJS.ReadStream {
  const keys = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => keys,
    ref: () => keys,
    unref: () => keys,
  })
  return keys as unknown as NodeJS.ReadStream
}

async function frames(first: State, events: (frame: number) => Event): Promise<Run> {
  const stdout = terminal()
  let state = first
  const look = lookFor({ LANG: 'C.UTF-8' })
  const draw = () => createElement(App, { state, look, onEvent: () => {} })
  const instance = render(draw(), {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: keyboard(),
    exitOnCtrlC: false,
    patchConsole: false,
    incrementalRendering: true,
    interactive: true,
    // Otherwise the pause between two frames would be measured.
    maxFps: 10_000,
  })
  const [ms, cpu, bytes]: [number[], number[], number[]] = [[], [], []]
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const event = events(frame)
    const before = process.cpuUsage()
    const [taken, started] = [stdout.taken, performance.now()]
    state = step(state, event).state
    instance.rerender(draw())
    await instance.waitUntilRenderFlush()
    ms.push(performance.now() - started)
    cpu.push(process.cpuUsage(before).user / 1000)
    bytes.push(stdout.taken - taken)
  }
  instance.unmount()
  return { ms: ms.slice(50), cpu: cpu.slice(50), bytes: bytes.slice(50) }
}

function after(state: State, ...events: readonly Event[]): State {
  return events.reduce((state, event) => step(state, event).state, state)
}

const key = (key: Key): Event => ({ kind: 'key', key })
const answer = (answer: Answer): Event => ({ kind: 'answer', now: at(60), answer })

function nodesOf(frame: number): Event {
  if (frame % 20 === 10)
    return answer({ topic: 'nodes', plan: 'agent-2', stage: 'ring', members: members(10_000 + (frame % 3)) })
  if (frame % 50 === 30) return { kind: 'tick', now: at(60 + frame) }
  return key(frame % 7 === 0 ? 'pageDown' : 'down')
}

const PLANS = Array.from({ length: 200 }, (_, index) =>
  (index % 9 === 0 ? stuckPlan : plan)({ plan_id: `plan-${index}` }),
)

function plansOf(frame: number): Event {
  if (frame % 20 === 10) return answer({ topic: 'plans', plans: PLANS.map(plan => ({ ...plan })) })
  return key(frame % 7 === 0 ? 'pageUp' : 'down')
}

const size = { now: at(60), columns: COLUMNS, rows: ROWS }
const stage = after(
  begin({ ...size, plan: 'agent-2' }),
  answer({ topic: 'plan', plan: stuckPlan() }),
  answer({ topic: 'history', plan: 'agent-2', history: history() }),
  key('enter'),
  nodesOf(10),
)
const overview = after(begin(size), answer({ topic: 'plans', plans: PLANS }))

const quantile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
const rounded = (value: number) => Math.round(value * 10) / 10

const runs = { nodes: await frames(stage, nodesOf), plans: await frames(overview, plansOf) }
const worst = Math.max(...Object.values(runs).map(({ ms }) => quantile(ms, 0.99)))
const detail = Object.fromEntries(
  Object.entries(runs).map(([name, { ms, cpu, bytes }]) => [
    name,
    {
      p50: rounded(quantile(ms, 0.5)),
      p99: rounded(quantile(ms, 0.99)),
      cpu_p50: rounded(quantile(cpu, 0.5)),
      cpu_p99: rounded(quantile(cpu, 0.99)),
      bytes_p50: quantile(bytes, 0.5),
    },
  ]),
)
process.stdout.write(
  `${JSON.stringify({ figure: 'watch-frame-p99', value: rounded(worst), unit: 'ms', must: MUST_MS, holds: worst <= MUST_MS, columns: COLUMNS, rows: ROWS, load: rounded(loadavg()[0] ?? 0), ...detail })}\n`,
)
if (worst > MUST_MS) process.exitCode = 1
