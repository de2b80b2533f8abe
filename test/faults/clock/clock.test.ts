import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { type ClockFault, type ReplicaClock, createClock } from './fault.ts'

const HOUR = 3_600_000

/** Tells on each line of its input what time it is; waits as long as the line says before. */
const PROGRAM = `
  import { createInterface } from 'node:readline'
  import { setTimeout as sleep } from 'node:timers/promises'
  for await (const line of createInterface({ input: process.stdin })) {
    const ms = Number(line)
    const before = [performance.now(), process.hrtime.bigint()]
    if (ms > 0) await sleep(ms)
    console.log(JSON.stringify({
      now: Date.now(), made: new Date().getTime(), called: Date.parse(Date()), parsed: Date.parse('2026-01-02T03:04:05Z'),
      isDate: new Date() instanceof Date, monotonic: performance.now(), waited: performance.now() - before[0],
      nanoseconds: Number(process.hrtime.bigint() - before[1]),
    }))
  }`

type Told = {
  readonly [key in 'now' | 'made' | 'called' | 'parsed' | 'monotonic' | 'waited' | 'nanoseconds']: number
} & { readonly isDate: boolean }

describe('clock of a replica', () => {
  let folder = ''
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'clock-test-'))))
  after(() => rmSync(folder, { recursive: true }))

  async function running(
    name: string,
    work: (clock: ReplicaClock, ask: (ms: number) => Promise<Told>) => Promise<void>,
  ) {
    const clock = createClock(folder, name)
    const program = spawn(process.execPath, [...clock.flags, '--input-type=module', '--eval', PROGRAM], {
      env: { ...process.env, ...clock.environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
    const ask = async (ms: number): Promise<Told> => {
      program.stdin.write(`${ms}\n`)
      return JSON.parse(String((await lines.next()).value)) as Told
    }
    try {
      await work(clock, ask)
    } finally {
      program.stdin.end()
      await once(program, 'exit')
    }
  }
  const set = async (clock: ReplicaClock, fault: ClockFault): Promise<void> => {
    clock.set(fault)
    await clock.taken()
  }

  it('is right to begin with', async () => {
    await running('right', async (_, ask) => {
      const told = await ask(0)
      expect(told.now).to.be.closeTo(Date.now(), 2_000)
      expect(told.parsed).to.equal(Date.UTC(2026, 0, 2, 3, 4, 5))
    })
  })

  for (const offsetMs of [HOUR, -HOUR])
    it(`is ${offsetMs > 0 ? 'ahead' : 'behind'} by an hour as soon as it is set so, and measures time as before`, async () => {
      await running(`off${offsetMs}`, async (clock, ask) => {
        const before = await ask(0)
        await set(clock, { offsetMs, rate: 1 })
        const told = await ask(50)
        for (const time of [told.now, told.made, told.called + 500])
          expect(time).to.be.closeTo(Date.now() + offsetMs, 2_000)
        expect(told.isDate).to.equal(true)
        expect(told.monotonic).to.be.within(before.monotonic, before.monotonic + 5_000)
        expect(told.waited).to.be.within(45, 1_000)
      })
    })

  it('runs too fast: all clocks and the timers with them', async () => {
    await running('fast', async (clock, ask) => {
      await set(clock, { offsetMs: 0, rate: 10 })
      const [since, first] = [performance.now(), await ask(0)]
      const told = await ask(2_000)
      const right = performance.now() - since
      expect(right, 'the right time it waited').to.be.within(190, 1_900)
      expect(told.waited).to.be.within(1_990, 19_000)
      expect(told.nanoseconds / 1e6).to.be.closeTo(told.waited, 50)
      expect(told.now - first.now).to.be.closeTo(told.monotonic - first.monotonic, 50)
    })
  })

  it('is what it was set to before the process began', async () => {
    const clock = createClock(folder, 'early')
    clock.set({ offsetMs: HOUR, rate: 1 })
    const { stdout } = await promisify(execFile)(process.execPath, [...clock.flags, '--print', 'Date.now()'], {
      env: { ...process.env, ...clock.environment },
    })
    expect(Number(stdout)).to.be.closeTo(Date.now() + HOUR, 5_000)
    await clock.taken()
  })
})
