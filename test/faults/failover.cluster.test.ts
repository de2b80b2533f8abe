import { expect } from 'chai'
import { after, before } from 'mocha'
import { until } from '../cluster/wait.ts'
import { type IncomingWrite, type Script, pass } from './fate.ts'
import { type Ground, type Station, startGround } from './ground.ts'
import { type RunResult, carryOut, reportOn } from './run.ts'
import { recovered } from './workloads/recovered.ts'
import { rolledBack } from './workloads/rolled-back.ts'
import type { Workload } from './workload.ts'

const LEASE = { durationSeconds: 2, renewDeadlineSeconds: 1.5, retryPeriodSeconds: 0.3 }
/** Lease, one retry with its jitter, and two seconds to list everything and go on. */
const TAKEOVER_MS = 2_000 + 300 * 1.2 + 2_000

describe('two replicas', () => {
  let ground: Ground
  let stations: Station[] = []
  let runs = 0
  const references = new Map<Workload, unknown>()

  before(async function () {
    this.timeout(120_000)
    ground = await startGround()
    stations = await Promise.all(['a', 'b'].map(async who => await ground.station(who, LEASE)))
    await leader()
    for (const workload of [recovered, rolledBack]) references.set(workload, (await play(workload, pass)).endState)
  })

  after(async function () {
    this.timeout(60_000)
    await ground.stop()
  })

  /** The replica that renews the lease now. */
  async function leader(): Promise<Station> {
    const seen = new Map(stations.map(({ who }) => [who, ground.proxy.succeeded(who, 'lease')]))
    return await until(
      () =>
        stations.find(
          ({ who, process }) => !process().hasExited() && ground.proxy.succeeded(who, 'lease') > (seen.get(who) ?? 0),
        ),
      { what: 'a replica renews the lease', withinMs: 20_000, everyMs: 20 },
    )
  }

  const other = (than: Station): Station => stations.find(({ who }) => who !== than.who)!

  async function play(workload: Workload, script: Script): Promise<RunResult> {
    const wanted = references.get(workload)
    const options = { ground, workload, run: `f${(runs += 1)}`, script, calm: async () => {} }
    return await carryOut({ ...options, ...(wanted === undefined ? {} : { wanted }) })
  }

  async function expectFlawless(title: string, result: RunResult): Promise<void> {
    const logs = await Promise.all(stations.map(async station => await station.log(15)))
    const report = reportOn(title, `failover.cluster.test.ts, ${title}`, result, logs.join('\n'))
    expect(result.flaws.length === 0 ? '' : report, 'what went wrong').to.equal('')
  }

  /** Does something to the leader when it makes its nth node patch, and lets the write pass first. */
  function atPatch(number: number, strike: (write: IncomingWrite) => void): Script {
    let patches = 0
    return write => {
      if (write.class === 'write' && write.resource === 'nodes' && (patches += 1) === number) strike(write)
      return { kind: 'pass' }
    }
  }

  it('go on when the leader is killed in the middle of a batch, within lease, retry and two seconds', async function () {
    this.timeout(60_000)
    const dying = await leader()
    let struckAt = 0
    let tookOver = 0
    const script = atPatch(3, () => {
      struckAt = performance.now()
      void dying.process().kill()
    })
    const result = await play(recovered, write => {
      if (struckAt > 0 && tookOver === 0 && write.who !== dying.who && write.class === 'write')
        tookOver = performance.now()
      return script(write)
    })
    await expectFlawless('leader killed', result)
    expect(tookOver - struckAt, 'milliseconds without a leader').to.be.within(1, TAKEOVER_MS)
    await dying.restart(`${dying.who}-again`)
  })

  it('go on at once when the leader is told to stop: it gives the lease back', async function () {
    this.timeout(60_000)
    const leaving = await leader()
    const script = atPatch(3, () => void leaving.process().signal('SIGTERM'))
    const result = await play(recovered, script)
    await expectFlawless('leader stopped', result)
    const { code } = await leaving.process().exited
    expect(code).to.equal(0)
    await leaving.restart(`${leaving.who}-again`)
  })

  it('do not let a leader that was frozen past its lease write anything that counts, and it ends', async function () {
    this.timeout(60_000)
    const frozen = await leader()
    const script = atPatch(2, () => void frozen.process().signal('SIGSTOP'))
    const result = await play(rolledBack, script)
    await expectFlawless('leader frozen', result)
    const before = result.trace.filter(({ who }) => who === frozen.who).length
    await frozen.process().signal('SIGCONT')
    const { code } = await frozen.process().exited
    expect(code, 'exit code of the former leader').to.equal(1)
    const late = result.trace.filter(write => write.who === frozen.who && write.class === 'write').slice(before)
    expect(
      late.filter(write => (write.code ?? 0) < 300),
      'writes after it woke up',
    ).to.deep.equal([])
    await frozen.restart(`${frozen.who}-again`)
  })

  it('go on when the leader is cut off from the API server, and it ends', async function () {
    this.timeout(60_000)
    const lonely = await leader()
    const script = atPatch(3, () => lonely.door.cut())
    const result = await play(recovered, script)
    await expectFlawless('leader cut off', result)
    const { code } = await lonely.process().exited
    expect(code).to.equal(1)
    lonely.door.heal()
    await lonely.restart(`${lonely.who}-again`)
    expect(other(lonely).process().hasExited()).to.equal(false)
  })
})
