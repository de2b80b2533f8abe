import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import { plan, stuckPlan } from './build.ts'
import { type Scripted, startScripted } from './scripted.ts'
import { PROGRAM } from './viewer.ts'

/** The view where there is no terminal: what a log file or a pipe gets. */
function piped({ url }: Scripted, name?: string) {
  const child = spawn(process.execPath, [PROGRAM, url, ...(name === undefined ? [] : [name])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close') as Promise<[number | null]>
  const has = async (text: string, where: () => string) =>
    await until(() => where().includes(text), { what: `"${text}" is printed`, withinMs: 30_000 })
  return {
    lines: () =>
      stdout
        .trimEnd()
        .split('\n')
        .map(line => line.replace(/^\S+Z /, '')),
    prints: async (text: string) => await has(text, () => stdout),
    complains: async (text: string) => await has(text, () => stderr),
    code: async () => (await ended)[0],
    raw: () => stdout,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}

describe('the view without a terminal', function () {
  this.timeout(60_000)

  it('prints a line for each change, and nothing else', async () => {
    await using scripted = await startScripted([plan({ message: 'one' })])
    await using program = piped(scripted, 'agent-2')
    await program.prints('Activating: one')
    scripted.world.plans = [plan({ message: 'two' })]
    await program.prints('Activating: two')
    scripted.world.plans = [stuckPlan({ message: 'three' })]
    await program.prints('three')
    expect(program.lines()).to.deep.equal([
      'agent-2 active (moving) stage ring 5/9 Activating: one',
      'agent-2 active (moving) stage ring 5/9 Activating: two',
      'agent-2 active (stuck) stage ring 5/9 TooManyFailures: three',
    ])
  })

  it('prints nothing that only a terminal understands', async () => {
    await using scripted = await startScripted([plan()])
    await using program = piped(scripted)
    await program.prints('Activating')
    // eslint-disable-next-line no-control-regex
    expect(program.raw()).to.not.match(/[\u0000-\u0009\u000b-\u001f]/)
  })

  const ends = [
    ['completed', 0],
    ['rolled_back', 1],
    ['cancelled', 1],
  ] as const
  for (const [phase, code] of ends)
    it(`ends with ${code} when the plan is ${phase}`, async () => {
      await using scripted = await startScripted([plan()])
      await using program = piped(scripted, 'agent-2')
      await program.prints('Activating')
      scripted.world.plans = [plan({ phase })]
      expect(await program.code()).to.equal(code)
    })

  it('says once that it cannot connect, and goes on by itself', async () => {
    await using scripted = await startScripted([plan({ message: 'before' })])
    await using program = piped(scripted, 'agent-2')
    await program.prints('before')
    await scripted.away()
    await program.complains('refuses connections; trying again')
    scripted.world.plans = [plan({ message: 'after' })]
    await scripted.back()
    await program.prints('after')
    await program.complains('connected again')
  })

  it('follows every plan when none is named', async () => {
    await using scripted = await startScripted([plan({ plan_id: 'a' }), plan({ plan_id: 'b' })])
    await using program = piped(scripted)
    await program.prints('b active')
    scripted.world.plans = [plan({ plan_id: 'a' })]
    await program.prints('b is gone')
    expect(program.lines()).to.have.length(3)
  })

  it('ends at once when the plan does not exist', async () => {
    await using scripted = await startScripted([plan()])
    await using program = piped(scripted, 'agent-1')
    await program.complains('there is no plan agent-1')
    expect([await program.code(), program.raw()]).to.deep.equal([1, ''])
  })
})
