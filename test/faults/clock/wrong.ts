import { readFileSync, watch, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import promises from 'node:timers/promises'
import { type ClockFault, APPLIED, CLOCK_FILE, readFault } from './fault.ts'

/**
 * Loaded before a program (`node --import`), gives it a clock that is wrong: wall clock, monotonic clock and timers
 * alike, as on a machine whose clock is. The program cannot tell. What is wrong stands in the file that `CLOCK_FILE`
 * names, and is looked at again whenever that file changes.
 *
 * Whenever it is looked at the wall clock is set: to the right time and the offset. A rate changes how fast everything
 * passes from then on; what timers that are set already wait for stays as it was.
 */
const path = process.env[CLOCK_FILE]
if (path === undefined) throw new Error(`${CLOCK_FILE} names no file`)

const RightDate = Date
const rightWall = Date.now.bind(Date)
const rightMonotonic = performance.now.bind(performance)
const rightHrtime = process.hrtime.bigint.bind(process.hrtime)
const difference = Number(rightHrtime()) / 1e6 - rightMonotonic()

let fault: ClockFault = { offsetMs: 0, rate: 1 }
/** Where the wrong monotonic clock stood when its rate last changed. */
let turn = { right: rightMonotonic(), wrong: rightMonotonic() }

const monotonic = (): number => turn.wrong + (rightMonotonic() - turn.right) * fault.rate
/** So far it has drifted away since then. */
const drift = (): number => (rightMonotonic() - turn.right) * (fault.rate - 1)
const wall = (): number => Math.floor(rightWall() + fault.offsetMs + drift())
const nanoseconds = (): bigint => BigInt(Math.round((monotonic() + difference) * 1e6))

const apply = (): void => {
  const next = readFault(readFileSync(path, 'utf8'))
  if (next === undefined) return
  turn = { right: rightMonotonic(), wrong: monotonic() }
  fault = next
  writeFileSync(`${path}${APPLIED}`, JSON.stringify(fault))
}
apply()
watch(path, { persistent: false }, apply)

const construct: ProxyHandler<DateConstructor> = {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [wall()] : args, newTarget === WrongDate ? target : newTarget),
  apply: () => new RightDate(wall()).toString(),
}
const WrongDate: DateConstructor = new Proxy(RightDate, construct)
globalThis.Date = WrongDate
RightDate.now = wall
performance.now = monotonic

process.hrtime = Object.assign(
  (since?: [number, number]): [number, number] => {
    const now = nanoseconds() - (since === undefined ? 0n : BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]))
    return [Number(now / 1_000_000_000n), Number(now % 1_000_000_000n)]
  },
  { bigint: nanoseconds },
)

/** The same function, but for the delay at that place among its arguments. */
function hastened<T extends object>(wait: T, position: number): T {
  return new Proxy(wait, {
    apply: (target, self, args: unknown[]) => {
      const delay = args[position]
      if (typeof delay === 'number') args[position] = delay / fault.rate
      return Reflect.apply(target as never, self, args) as unknown
    },
  })
}
for (const name of ['setTimeout', 'setInterval'] as const) {
  const wrong = hastened(globalThis[name], 1)
  Object.assign(globalThis, { [name]: wrong })
  Object.assign(timers, { [name]: wrong })
  Object.assign(promises, { [name]: hastened(promises[name], 0) })
}
syncBuiltinESMExports()
