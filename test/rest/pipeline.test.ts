import { once } from 'node:events'
import { type IncomingMessage, type Server, createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { afterEach } from 'mocha'
import type { AuditLine } from '../../operator/api/audit.ts'
import { documents } from '../../operator/rest/discovery/documents.ts'
import type { Handler, Reply } from '../../operator/rest/exchange.ts'
import type { Caller } from '../../operator/rest/identity/caller.ts'
import { otherPaths } from '../../operator/rest/others.ts'
import { pipeline } from '../../operator/rest/pipeline.ts'
import { type Clock, systemClock } from '../../operator/runtime/clock.ts'
import { createLog } from '../../operator/runtime/log.ts'
import { until } from '../cluster/wait.ts'
import { fakeClock } from '../runtime/fake-clock.ts'

const SOON = { withinMs: 5_000, everyMs: 5 } as const

/** The pipeline on a plain listener; who asks is what the header `user` says, and everything is allowed. */
async function start(list: Handler, clock: Clock = systemClock()) {
  const lines: AuditLine[] = []
  const answered: { readonly route: string; readonly code: number }[] = []
  const handle = pipeline({
    routes: [
      { method: 'GET', pattern: '/rollouts', handle: list },
      { method: 'POST', pattern: '/rollouts/:plan/pause', handle: list },
    ],
    others: otherPaths({
      documents: documents(),
      ready: [],
      metrics: async () => ({ contentType: 'text/plain', body: '' }),
      authorize: async () => {},
    }),
    authenticate: async ({ headers }) =>
      ({ user: String(headers['user'] ?? 'alice'), groups: [], extra: {}, door: 'direct' }) satisfies Caller,
    authorize: async () => {},
    defaultNamespace: 'fleet',
    audit: line => void lines.push(line),
    metrics: { answered: (_, route, code) => void answered.push({ route, code }) },
    clock,
    log: createLog({ destination: { write: () => undefined } }),
    stopping: new AbortController().signal,
  })
  const server = createServer((incoming, response) => void handle(incoming, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.add(server)
  const { port } = server.address() as AddressInfo
  const send = (path: string, user = 'alice', method = 'GET') => {
    const outgoing = request({ port, host: '127.0.0.1', path, method, headers: { user }, agent: false })
    outgoing.on('error', () => undefined)
    outgoing.end()
    return outgoing
  }
  const get = async (path: string, user?: string): Promise<number> => {
    const [incoming] = (await once(send(path, user), 'response')) as [IncomingMessage]
    incoming.resume()
    return incoming.statusCode ?? 0
  }
  return { lines, answered, port, send, get }
}

const servers = new Set<Server>()

async function openSockets(): Promise<number> {
  const counts = [...servers].map(async server => await promisify(server.getConnections.bind(server))())
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

describe('pipeline', () => {
  afterEach(() => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    servers.clear()
  })

  const empty = async (): Promise<Reply> => ({ code: 200, body: {} })

  for (const [path, code] of [
    ['/v1', 200],
    ['/v1/openapi.json', 200],
    ['/apis/orchestrator.autonomyops.dev/v1/openapi.json', 200],
    ['/openapi/v3', 200],
    ['/openapi/v2', 200],
    ['/livez', 200],
    ['/v1/health', 200],
    ['/apis/orchestrator.autonomyops.dev/v1/health', 200],
    ['/v1/health/more', 404],
    ['/v1/rollouts', 200],
    ['/rollouts', 404],
    ['/namespaces/fleet/rollouts', 404],
    ['/rollouts/a%2Fb', 404],
  ] as const)
    it(`answers ${path} with ${code}`, async () => {
      const { get } = await start(empty)
      expect(await get(path)).to.equal(code)
    })

  it('lets nobody keep others, or what the API server asks, from being served', async () => {
    const { promise, resolve } = Promise.withResolvers<Reply>()
    const { get, send } = await start(async () => await promise)
    const waiting = Array.from({ length: 220 }, () => send('/v1/rollouts', 'mallory'))
    const refused = waiting.map(async outgoing => (await once(outgoing, 'response')) as [IncomingMessage])
    const [first] = await Promise.race(refused)
    expect(first.statusCode).to.equal(429)
    for (const path of ['/livez', '/apis/orchestrator.autonomyops.dev/v1', '/openapi/v3'])
      expect(await get(path, 'mallory'), path).to.equal(200)
    const other = get('/v1/rollouts', 'alice')
    resolve({ code: 200, body: {} })
    expect(await other).to.equal(200)
    await until(async () => (await get('/v1/rollouts', 'mallory')) === 200, {
      what: 'the shares are given back',
      ...SOON,
    })
    for (const outgoing of waiting) outgoing.destroy()
  })

  it('ends the connection of who does not read an answer', async () => {
    const clock = fakeClock()
    const body = { text: 'x'.repeat(32 * 1024 * 1024) }
    const { port, answered } = await start(async () => ({ code: 200, body }), clock)
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause().write('GET /v1/rollouts HTTP/1.1\r\nhost: x\r\n\r\n')
    await until(() => answered.length > 0, { what: 'the request is answered', ...SOON })
    await clock.advance(59_000)
    expect(await openSockets()).to.equal(1)
    await clock.advance(2_000)
    await until(async () => (await openSockets()) === 0, { what: 'the connection is ended', ...SOON })
    socket.destroy()
  })

  it('counts a caller who has left under a code of its own, and writes no line', async () => {
    const begun = Promise.withResolvers<void>()
    const { answered, lines, send } = await start(async ({ signal }) => {
      begun.resolve()
      await systemClock().sleep(60_000, signal)
      return await empty()
    })
    const outgoing = send('/v1/rollouts/p/pause', 'alice', 'POST')
    await begun.promise
    outgoing.destroy()
    await until(() => answered.length > 0, { what: 'the request has ended', ...SOON })
    expect(answered).to.deep.equal([{ route: '/rollouts/:plan/pause', code: 499 }])
    expect(lines).to.deep.equal([])
  })
})
