import { expect } from 'chai'
import { after, before } from 'mocha'
import { type Fate, type IncomingWrite, first, pass } from './fate.ts'
import { type Lane, startLane } from './lane.ts'
import { type RunResult, reportOn } from './run.ts'
import { recovered } from './workloads/recovered.ts'

/** What an API server, or the network before it, may do to a write. */
const TROUBLES: Readonly<Record<string, Fate>> = {
  'a conflict': { kind: 'refuse', code: 409, reason: 'Conflict' },
  'too many requests, with the time to wait': {
    kind: 'refuse',
    code: 429,
    reason: 'TooManyRequests',
    retryAfterSeconds: 1,
  },
  'an internal error': { kind: 'refuse', code: 500, reason: 'InternalError' },
  'a server that is not available': { kind: 'refuse', code: 503, reason: 'ServiceUnavailable' },
  'a connection that breaks before': { kind: 'reset', after: 'nothing' },
  'a connection that breaks after the write was committed': { kind: 'reset', after: 'commit' },
}

/** The kinds of write that a rollout makes. */
const WRITES: Readonly<Record<string, (write: IncomingWrite) => boolean>> = {
  'a plan status': write => write.resource === 'rolloutplans/status',
  'a recovery status': write => write.resource === 'rolloutrecoveries/status',
  'a record of members': write => write.resource === 'controllerrevisions',
  'a node patch': write => write.resource === 'nodes',
}

describe('rollout in trouble', () => {
  let lane: Lane
  let reference: RunResult

  before(async function () {
    this.timeout(120_000)
    lane = await startLane('trouble')
    reference = await lane.run(recovered, pass)
  })

  after(async function () {
    this.timeout(60_000)
    await lane.stop()
  })

  for (const [kind, matches] of Object.entries(WRITES))
    for (const [trouble, fate] of Object.entries(TROUBLES))
      it(`ends the same when ${kind} meets ${trouble}`, async function () {
        this.timeout(60_000)
        const result = await lane.run(recovered, first(matches, fate), reference.endState)
        const report = reportOn(
          `${kind}, ${trouble}`,
          `trouble.cluster.test.ts, ${kind}, ${trouble}`,
          result,
          await lane.log(),
        )
        expect(result.flaws.length === 0 ? '' : report, 'what went wrong').to.equal('')
        expect(
          result.trace.some(write => write.fate !== undefined),
          'the trouble happened',
        ).to.equal(true)
      })
})
