import { expect } from 'chai'
import type { RolloutRecovery } from '../../../operator/api/object.ts'
import { TransportError } from '../../../operator/kube/errors.ts'
import { Failure } from '../../../operator/rest/failure.ts'
import { REPEAT_WINDOW } from '../../../operator/rest/recovery/repeat.ts'
import { type World, world } from './world.ts'

async function failureOf(asked: Promise<unknown>): Promise<Failure['parts']> {
  const error: unknown = await asked.then(
    () => expect.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof Failure) return error.parts
  throw error
}

const nameOf = async (here: World, ...wish: Parameters<World['ask']>) =>
  (await here.ask(...wish)).recovery.metadata.name

describe('a repeat', () => {
  it('is one of what took effect long after it was asked for, when there was no leader', async () => {
    const here = world({ leader: 'absent' })
    const name = await nameOf(here, 'skip_failed')
    await here.clock.advance(REPEAT_WINDOW + 5_000)
    here.judge(name)
    await here.clock.advance(5_000)
    expect(await here.ask('skip_failed')).to.deep.include({ replayed: true })
    expect(here.stored.size).to.equal(1)
  })

  it('waits for the same verdict, however late', async () => {
    const here = world({ leader: 'absent' })
    await here.ask('rollback')
    await here.clock.advance(10 * REPEAT_WINDOW)
    expect(await here.ask('rollback')).to.deep.include({ replayed: true })
  })

  it('is none of what was refused', async () => {
    const here = world({ leader: 'absent' })
    here.judge(await nameOf(here, 'resume'), { phase: 'Rejected', code: 'plan_not_paused' })
    expect(await here.ask('resume')).to.deep.include({ replayed: false })
  })

  it('is none of an object that somebody else put under its name', async () => {
    const name = await nameOf(world(), 'rollback')
    for (const phase of ['Pending', 'Succeeded'] as const) {
      const here = world({ leader: 'absent' })
      const spec = { planName: 'mine', strategy: 'pause', reason: 'x', operator: 'mallory' } as const
      here.put(name, { spec } as Partial<RolloutRecovery>)
      if (phase === 'Succeeded') here.judge(name)
      const { recovery, replayed } = await here.ask('rollback')
      expect(replayed).to.equal(false)
      expect(recovery.spec).to.include({ planName: 'p', strategy: 'rollback', operator: 'alice' })
      expect(await here.ask('rollback')).to.deep.equal({ recovery, replayed: true })
    }
  })

  it('is found in one look, however often the same was refused before', async () => {
    const here = world({ leader: 'absent', cached: true })
    for (let round = 0; round < 300; round += 1)
      here.judge(await nameOf(here, 'retry'), { phase: 'Rejected', code: 'waiting_for_plan' })
    expect(here.stored.size).to.equal(300)
    here.judge(await nameOf(here, 'retry'))
    expect(await here.ask('retry')).to.deep.include({ replayed: true })
  })
})

describe('words that a colleague has answered', () => {
  it('are refused: a repeat that comes late must not undo what was done in between', async () => {
    const here = world()
    await here.ask('resume')
    await here.ask('pause', { user: 'bob' })
    const { code, error, message } = await failureOf(here.ask('resume'))
    expect({ code, error }).to.deep.equal({ code: 409, error: 'changed_since' })
    expect(message).to.match(/^this very resume took effect .+ bob asked for pause of plan p at .+ new reason$/)
    expect(here.stored.size).to.equal(2)
  })

  it('are taken with a new reason, and after two minutes', async () => {
    const here = world()
    await here.ask('resume')
    await here.ask('pause', { user: 'bob' })
    expect(await here.ask('resume', { reason: 'bob and I agree' })).to.deep.include({ replayed: false })
    await here.clock.advance(REPEAT_WINDOW + 1_000)
    expect(await here.ask('resume')).to.deep.include({ replayed: false })
  })

  it('are not answered by a report of a service, which changes no course', async () => {
    const here = world()
    const first = await here.ask('resume')
    await here.ask('gate-report', { user: 'load-test' })
    expect(await here.ask('resume')).to.deep.equal({ recovery: first.recovery, replayed: true })
    await here.ask('pause', { user: 'bob' })
    await here.ask('gate-report', { user: 'load-test', reason: 'another' })
    expect((await failureOf(here.ask('resume'))).message).to.include('bob asked for pause of plan p')
  })

  it('are new when it was oneself who did something in between', async () => {
    const here = world()
    await here.ask('pause')
    await here.ask('resume')
    expect(await here.ask('pause')).to.deep.include({ replayed: false })
    expect(here.stored.size).to.equal(3)
  })
})

describe('a request with a key', () => {
  it('gets its first answer, hours later', async () => {
    const here = world()
    const first = await here.ask('pause', { key: 'k' })
    await here.ask('resume')
    await here.clock.advance(100 * REPEAT_WINDOW)
    expect(await here.ask('pause', { key: 'k' })).to.deep.equal({ recovery: first.recovery, replayed: true })
  })

  it('is refused when the key stands for another one', async () => {
    const here = world()
    await here.ask('pause', { key: 'k' })
    expect(await failureOf(here.ask('rollback', { key: 'k' }))).to.include({
      code: 422,
      error: 'idempotency_key_reused',
    })
  })

  it('is another one than the same without it, and than another person’s under the same key', async () => {
    const here = world()
    await here.ask('pause', { key: 'k' })
    expect(await here.ask('pause')).to.deep.include({ replayed: false })
    expect(await here.ask('pause', { key: 'k', user: 'bob' })).to.deep.include({ replayed: false })
  })

  it('steps over an object that somebody else put under its name', async () => {
    const name = await nameOf(world(), 'pause', { key: 'k' })
    const here = world({ leader: 'absent' })
    here.put(name)
    expect(await here.ask('pause', { key: 'k' })).to.deep.include({ replayed: false })
  })
})

describe('a request that meets a broken API server', () => {
  it('is 503, and nothing else', async () => {
    const here = world()
    await here.ask('pause')
    here.breakReads(new TransportError('GET plan', 'reset', 'the connection was reset'))
    expect(await failureOf(here.ask('pause'))).to.include({ code: 503, error: 'api_server_unavailable' })
  })
})
