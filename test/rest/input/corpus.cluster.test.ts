import { connect as connectTcp } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import { type Answer, type Caller } from '../door.ts'
import { FLEET, withGround } from '../ground.ts'
import { type Case, GATE, PLAN, PLAN_PATH, STAGE } from './corpus/case.ts'
import { HEADERS } from './corpus/header.ts'
import { JSON_TEXTS } from './corpus/json.ts'
import { MEDIA } from './corpus/media.ts'
import { METHODS } from './corpus/method.ts'
import { PATHS } from './corpus/path.ts'
import { PLANS } from './corpus/plan.ts'
import { QUERIES } from './corpus/query.ts'
import { SCHEMA } from './corpus/schema.ts'
import { WIRE, type WireCase } from './corpus/wire.ts'
import { answersOn, dial } from './socket.ts'
import { type Usage, usageOf } from './usage.ts'

const CORPUS: readonly Case[] = [
  ...MEDIA,
  ...JSON_TEXTS,
  ...SCHEMA,
  ...PLANS,
  ...PATHS,
  ...QUERIES,
  ...HEADERS,
  ...METHODS,
]

/** Requests under way at once. */
const WORKERS = 8

/** Passes over the whole corpus before memory is looked at, and after. */
const WARM_UP = 3
const PASSES = 6
/**
 * Most bytes that the process may be larger afterwards. Its heap grows by about 2 MiB a pass until it is collected: over
 * 49 passes it went up and down between 186 and 250 MiB, and ended 5 MiB above where it had begun.
 */
const RSS_BOUND = 24 * 1024 * 1024
/** Connections of the operator to the API server come and go with its load. */
const HANDLES_BOUND = 8

type Ending = { readonly status: number | undefined; readonly error: unknown }

describe('malformed input', function () {
  this.timeout(120_000)
  const ground = withGround({ nodes: 1 })
  let callers: { readonly direct: Caller; readonly aggregated: Caller }
  let ca = ''
  let slow: readonly Promise<Ending>[] = []

  before(async () => {
    const { cluster, succeed } = ground()
    const account = 'corpus'
    await succeed(['create', 'serviceaccount', account, '-n', FLEET])
    callers = {
      direct: await ground().direct(account),
      aggregated: await ground().aggregated('admin', ['system:masters']),
    }
    // The one that is waited for comes last.
    for (const role of ['reporter', 'admin'])
      await succeed([
        ...['create', 'clusterrolebinding', `corpus-${role}`, `--clusterrole=autonomy-rollouts-${role}`],
        `--serviceaccount=${FLEET}:${account}`,
      ])
    ca = await ground().ca()
    expect(cluster.server).to.match(/^https:/)
    const gates = [{ kind: GATE }, { kind: 'time_soak', name: 'soak', seconds: 0 }]
    const stages = [{ id: STAGE, nodes: {}, allow_empty: true, gates }]
    const made = await callers.aggregated.call('POST', '/rollouts', {
      body: { plan_id: PLAN, artifact_ref: 'x', fleet: { selector: { match_labels: { no: 'node' } } }, stages },
    })
    expect(made.status, JSON.stringify(made.body)).to.equal(201)
    const at = async (caller: Caller) => await caller.call('DELETE', `${PLAN_PATH}?dryRun=All`)
    await until(async () => (await at(callers.direct)).status === 200, {
      what: 'the role is in force',
      withinMs: 20_000,
    })
    await until(async () => (await gatesOf(callers.direct)).includes('soak'), { what: 'the gates', withinMs: 20_000 })
    const begun = ['GET /v1', 'GET /v1/rollouts HTTP/1.1\r\nX-', openBody(callers.direct)]
    slow = [silent(), ...begun.map(trickling)]
  })

  it('is at least 200 requests, no two of them alike', () => {
    const told = CORPUS.map(({ title, method, path }) => `${method} ${path} ${title}`)
    expect(new Set(told).size).to.equal(told.length)
    expect(CORPUS.length + WIRE.length).to.be.at.least(200)
  })

  for (const door of ['direct', 'aggregated'] as const)
    it(`is answered at the ${door} door with the status, the code and the place`, async () => {
      const cases = CORPUS.filter(({ directOnly }) => door === 'direct' || !directOnly)
      expect(cases.length).to.be.at.least(200)
      expect(await wrongAt(callers[door], cases)).to.deep.equal([])
    })

  it('that is no HTTP is answered in the same shape, and in order', async () => {
    expect(await wrongOnWire(callers.direct, WIRE)).to.deep.equal([])
  })

  it('has changed nothing', async () => {
    const { succeed } = ground()
    expect(await succeed(['get', 'rrec', '-A', '-o', 'name'])).to.equal('')
    expect((await succeed(['get', 'rplan', '-A', '-o', 'name'])).trim()).to.match(/^\S+\/corpus$/)
    expect((await callers.direct.call('GET', PLAN_PATH)).body).to.include({ phase: 'active', current_stage_id: STAGE })
  })

  it('that is no TLS ends the connection', async () => {
    const socket = connectTcp(ground().port, '127.0.0.1').on('error', () => undefined)
    socket.resume().write('GET /v1/rollouts HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until(() => socket.closed, { what: 'the end of the connection', withinMs: 15_000 })
  })

  it('leaves the process no larger, and with no more handles', async function () {
    this.timeout(180_000)
    const [replica] = ground().replicas()
    const { pid } = replica!
    const pass = async (): Promise<Usage> => {
      expect(await wrongAt(callers.direct, CORPUS)).to.deep.equal([])
      expect(await wrongOnWire(callers.direct, WIRE)).to.deep.equal([])
      callers.direct.agent.destroy()
      return await settled(pid)
    }
    for (let count = 0; count < WARM_UP; count += 1) await pass()
    const before = await pass()
    const after: Usage[] = []
    for (let count = 0; count < PASSES; count += 1) after.push(await pass())
    const told = after.map(({ rss, handles }) => `${Math.round(rss / 1024)} KiB, ${handles} handles`).join('; ')
    expect(Math.min(...after.map(({ rss }) => rss)), told).to.be.at.most(before.rss + RSS_BOUND)
    expect(after.at(-1)?.handles, told).to.be.at.most(before.handles + HANDLES_BOUND)
  })

  it('that comes drop by drop is given up, and told so', async () => {
    const ended = await Promise.all(slow)
    for (const answer of ended) expect(answer).to.deep.equal({ status: 408, error: 'request_too_slow' })
  })

  /** A connection that sends a byte a second after what it begins with, until it is ended. */
  async function trickling(begin: string): Promise<Ending> {
    const socket = await dial(ground().port, ca)
    socket.write(begin)
    const drop = setInterval(() => socket.write('x'), 1_000)
    const told = await ending(socket)
    clearInterval(drop)
    return told
  }

  async function silent(): Promise<Ending> {
    return await ending(await dial(ground().port, ca))
  }

  async function ending(socket: TLSSocket): Promise<Ending> {
    const [answer] = await answersOn(socket, 1, 60_000)
    return { status: answer?.status, error: (answer?.body as { readonly error?: unknown } | undefined)?.error }
  }

  function openBody({ headers }: Caller): string {
    const type = 'Content-Type: application/json\r\nContent-Length: 1000\r\n'
    return `POST /v1/rollouts HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${headers['authorization']}\r\n${type}\r\n`
  }

  async function wrongOnWire({ headers }: Caller, cases: readonly WireCase[]): Promise<readonly string[]> {
    const who = `Host: localhost\r\nAuthorization: ${headers['authorization']}\r\n`
    return await collect(cases, async ({ title, bytes, ends, answers }) => {
      const socket = await dial(ground().port, ca)
      const text = Buffer.from(bytes(who), 'latin1')
      if (ends) socket.end(text)
      else socket.write(text)
      const came = await answersOn(socket, answers.length, 10_000)
      const told = `${title}: ${JSON.stringify(came).slice(0, 500)}`
      if (came.length !== answers.length) return [`${told}: not ${answers.length} answers`]
      return answers.flatMap((expected, index) => {
        const flaw = flawOf(expected, came[index]!)
        return flaw === undefined ? [] : [`${told}: ${flaw}`]
      })
    })
  }
})

/** Once connections that were ended are gone: when five looks in a row find no fewer. */
async function settled(pid: number): Promise<Usage> {
  const looks: Usage[] = []
  const still = () => {
    looks.push(usageOf(pid))
    const last = looks.slice(-5)
    return last.length === 5 && last.every(({ handles }) => handles === last[0]?.handles) && last[4]
  }
  return await until(still, { what: 'connections are closed', withinMs: 10_000, everyMs: 100 })
}

async function gatesOf(caller: Caller): Promise<string> {
  return JSON.stringify((await caller.call('GET', `${PLAN_PATH}/stages/${STAGE}/gates`)).body)
}

async function wrongAt(caller: Caller, cases: readonly Case[]): Promise<readonly string[]> {
  return await collect(cases, async expected => {
    const { title, method, path, headers, body, raw } = expected
    const sent = {
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      ...(raw === undefined ? {} : { raw }),
    }
    const answer = await caller.call(method, path, sent).catch((error: unknown) => ({ status: 0, body: String(error) }))
    const flaw = flawOf(expected, answer)
    return flaw === undefined
      ? []
      : [`${method} ${title}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}: ${flaw}`]
  })
}

/** In what an answer is not the one expected. */
function flawOf(
  { status, error, says }: Pick<Case, 'status' | 'error' | 'says'>,
  answer: Pick<Answer, 'status' | 'body'>,
): string | undefined {
  if (answer.status !== status) return `not ${status}`
  if (error === undefined) return undefined
  const {
    kind,
    code,
    error: told,
    message = '',
  } = answer.body as {
    readonly kind?: string
    readonly code?: number
    readonly error?: string
    readonly message?: string
  }
  if (kind !== 'Status' || code !== status) return `no Status of code ${status}`
  if (told !== error) return `not ${error}`
  if (says && !says.test(message)) return `does not say ${says}`
  return / at .*\.ts:\d+/.test(message) ? 'shows a stack' : undefined
}

async function collect<T>(
  items: readonly T[],
  check: (item: T) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const found: string[] = []
  const next = items.values()
  const work = async () => {
    for (const item of next) found.push(...(await check(item)))
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  return found
}
