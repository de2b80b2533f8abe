import { expect } from 'chai'
import { rememberEntities } from '../../../../kubectl-plugin/orchestrator/entities.ts'
import type { Orchestrator } from '../../../../kubectl-plugin/orchestrator/orchestrator.ts'
import { OrchestratorError, type Trouble } from '../../../../kubectl-plugin/orchestrator/trouble.ts'
import { startFeed } from '../../../../kubectl-plugin/ui/feed/feed.ts'
import { nodesReader } from '../../../../kubectl-plugin/ui/feed/read.ts'
import { send } from '../../../../kubectl-plugin/ui/feed/send.ts'
import type { Event } from '../../../../kubectl-plugin/ui/state/event.ts'
import { fakeClock } from '../../../runtime/fake-clock.ts'
import { history, members, plan } from '../build.ts'

const nobody = async (): Promise<never> => {
  throw new Error('nobody should ask this')
}
const SILENT: Orchestrator = {
  list: nobody,
  get: nobody,
  stuck: nobody,
  gates: nobody,
  nodes: nobody,
  history: nobody,
  create: nobody,
  cancel: nobody,
  recover: nobody,
  act: nobody,
  approve: nobody,
  report: nobody,
  health: nobody,
  version: nobody,
}

function scene(parts: Partial<Orchestrator>) {
  const clock = fakeClock()
  const events: Event[] = []
  const feed = startFeed({
    orchestrator: { ...SILENT, history: async () => history(), ...parts },
    clock,
    explain: error => (error as Error).message,
    onEvent: event => events.push(event),
    signal: new AbortController().signal,
  })
  return { clock, events, feed }
}

describe('the feed', () => {
  it('reads once a second what is looked at', async () => {
    let reads = 0
    const { clock, feed } = scene({ get: async () => (reads++, plan()) })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(3_500)
    await feed[Symbol.asyncDispose]()
    expect(reads).to.equal(4)
  })

  it('asks one question at a time, however slow the answer', async () => {
    let reads = 0
    const { clock, feed } = scene({ get: async (_, { signal }) => (reads++, await clock.sleep(5_000, signal), plan()) })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(4_900)
    await feed[Symbol.asyncDispose]()
    expect(reads).to.equal(1)
  })

  it('waits longer after each failure, and no longer than 15 s', async () => {
    const { clock, events, feed } = scene({
      get: async () => {
        throw new Error('refused')
      },
    })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(120_000)
    await feed[Symbol.asyncDispose]()
    const waits = events.flatMap(event => (event.kind === 'failure' ? [event.retryAt - event.now] : []))
    expect(waits.length).to.be.within(9, 25)
    expect(Math.max(...waits)).to.be.at.most(15_000)
    expect(waits[0]).to.be.at.most(1_000)
  })

  it('comes back by itself', async () => {
    let up = false
    const { clock, events, feed } = scene({
      get: async () => {
        if (!up) throw new Error('refused')
        return plan()
      },
    })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(3_000)
    up = true
    await clock.advance(15_000)
    await feed[Symbol.asyncDispose]()
    expect(events.filter(({ kind }) => kind === 'answer').length).to.be.greaterThan(1)
    expect(events.at(-1)).to.deep.include({ kind: 'answer' })
  })

  it('gives up on an answer that never comes', async () => {
    const { clock, events, feed } = scene({
      get: async (_, { signal }) => await clock.sleep(1e9, signal).then(() => plan()),
    })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(15_100)
    await feed[Symbol.asyncDispose]()
    expect(events.find(({ kind }) => kind === 'failure')).to.deep.include({ why: 'no answer within 15 s' })
  })

  it('asks at once after something was done', async () => {
    let reads = 0
    const { clock, feed } = scene({ get: async () => (reads++, plan()) })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(10)
    feed.hurry()
    await clock.advance(10)
    await feed[Symbol.asyncDispose]()
    expect(reads).to.equal(2)
  })

  it('stops reading what is no longer looked at', async () => {
    const asked: string[] = []
    const { clock, feed } = scene({ get: async name => (asked.push(name), plan({ plan_id: name })) })
    feed.look({ kind: 'plan', plan: 'a' })
    await clock.advance(10)
    feed.look({ kind: 'plan', plan: 'b' })
    await clock.advance(2_500)
    await feed[Symbol.asyncDispose]()
    expect(asked).to.deep.equal(['a', 'b', 'b', 'b'])
  })

  it('leaves no timer behind', async () => {
    const { clock, feed } = scene({ get: async () => plan() })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(1_500)
    await feed[Symbol.asyncDispose]()
    expect(clock.pending()).to.equal(0)
  })

  it('ends a read that is under way when it is left', async () => {
    let ended = false
    const { clock, feed } = scene({
      get: async (_, { signal }) => {
        signal.addEventListener('abort', () => (ended = true))
        return await clock.sleep(1e9, signal).then(() => plan())
      },
    })
    feed.look({ kind: 'plan', plan: 'agent-2' })
    await clock.advance(10)
    await feed[Symbol.asyncDispose]()
    expect(ended).to.equal(true)
  })
})

describe('the nodes of a stage', () => {
  const all = members(12_000)
  const pages = [all.slice(0, 5_000), all.slice(5_000, 10_000), all.slice(10_000)].map((nodes, index) => ({
    kind: 'NodeReport',
    apiVersion: 'v1',
    metadata: index < 2 ? { continue: String(index + 1) } : {},
    plan_id: 'agent-2',
    nodes,
  }))
  const reader = nodesReader(
    { ...SILENT, nodes: async (_, selection) => pages[Number(selection.continue ?? 0)]! },
    'agent-2',
    'ring',
  )
  const how = { signal: new AbortController().signal, entities: rememberEntities() }

  it('are read page by page', async () => expect(await reader(how)).to.have.length(12_000))
  it('are the very same list while no page has changed', async () => {
    expect(await reader(how)).to.equal(await reader(how))
  })
})

describe('a request', () => {
  const request = { deed: 'retry', plan: 'agent-2', stage: 'ring', reason: 'mended' } as const
  const { signal } = new AbortController()
  const words = (error: unknown) => (error as Error).message
  const troubled = async (trouble: Trouble) =>
    await send(
      { ...SILENT, recover: async () => Promise.reject(new OrchestratorError(trouble, 'no')) },
      request,
      words,
      signal,
    )
  const place = { request: 'POST /v1/rollouts/agent-2/recover', address: 'https://127.0.0.1' }

  it('carries the stage that was meant as a precondition', async () => {
    let sent: unknown
    const recover: Orchestrator['recover'] = async (_, body) => {
      sent = body
      return {
        kind: '',
        apiVersion: '',
        metadata: {},
        plan_id: 'agent-2',
        strategy: 'retry',
        previous_phase: 'active',
        new_phase: 'active',
        reason: 'mended',
        recovered_at: '',
        recovery: 'agent-2-retry-1',
      }
    }
    const outcome = await send({ ...SILENT, recover }, request, words, signal)
    expect(sent).to.deep.equal({ strategy: 'retry', reason: 'mended', stage_id: 'ring' })
    expect(outcome).to.deep.equal({ kind: 'done', sentence: 'Plan agent-2 is active. Recorded as agent-2-retry-1.' })
  })

  const cases: readonly (readonly [string, Trouble, 'refused' | 'unknown'])[] = [
    [
      'was refused by the orchestrator',
      { kind: 'refused', ...place, status: 409, error: 'plan_not_active', reason: '' },
      'refused',
    ],
    ['is not allowed', { kind: 'denied', ...place, status: 403, error: 'forbidden' }, 'refused'],
    ['could not be sent', { kind: 'unreachable', ...place, code: 'connection_refused' }, 'refused'],
    ['lost its connection on the way', { kind: 'unreachable', ...place, code: 'reset' }, 'unknown'],
    ['got no answer in time', { kind: 'timeout', ...place, afterMs: 1 }, 'unknown'],
    ['got no verdict in time', { kind: 'refused', ...place, status: 504, error: 'no_verdict', reason: '' }, 'unknown'],
    ['got no further than the API server', { kind: 'no_backend', ...place, status: 503, excerpt: '' }, 'unknown'],
  ]
  for (const [what, trouble, kind] of cases)
    it(`that ${what} is ${kind === 'unknown' ? 'not known to have had no effect' : 'known to have had no effect'}`, async () => {
      expect(await troubled(trouble)).to.deep.equal({ kind, sentence: 'no' })
    })
})
