import { expect } from 'chai'
import type { ApiError } from '../../operator/kube/errors.ts'
import type { HttpRequest } from '../../operator/kube/http.ts'
import { createTransport } from '../../operator/kube/transport.ts'
import type { Transport, TransportOptions } from '../../operator/kube/transport.ts'
import type { Exchange } from '../../operator/runtime/clock.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { until } from '../cluster/wait.ts'
import { blackhole, fakeConfig, inTurn, json, reset, startFaultServer, status, text } from './fault-server.ts'
import type { Answer, FakeConfig, FaultServer } from './fault-server.ts'

const never = new AbortController().signal

type Scene = { readonly server: FaultServer; readonly transport: Transport; readonly config: FakeConfig }

/** A transport to a server that answers as told. */
async function withServer(
  answer: Answer,
  use: (scene: Scene) => Promise<void>,
  options: Partial<TransportOptions> = {},
): Promise<void> {
  await using server = await startFaultServer(answer)
  const config = fakeConfig(server.url)
  const transport = createTransport({ config, clock: systemClock(), timeoutMs: 5_000, ...options })
  try {
    await use({ server, transport, config })
  } finally {
    await transport.close()
  }
}

const get = (rest: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path: '/api/v1/nodes',
  signal: never,
  ...rest,
})

type Failure = Omit<ApiError, 'code'> & { readonly code: unknown }

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const outcome = await promise.then(
    value => new Error(`it did not fail, but gave ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  return outcome as Failure
}

describe('transport', () => {
  it('sends query, body, headers and credentials, and answers the JSON', async () => {
    await withServer(json(200, { ok: true }), async ({ server, transport, config }) => {
      config.use({ headers: { authorization: 'Bearer t' } })
      const answer = await transport.request({
        method: 'PATCH',
        path: '/api/v1/nodes/a%2Fb',
        query: { labelSelector: 'a in (b,c)', limit: 5, continue: undefined },
        body: { metadata: { labels: { a: 'ü' } } },
        contentType: 'application/merge-patch+json',
        signal: never,
      })
      expect(answer).to.deep.equal({ ok: true })
      const [seen] = server.seen
      expect(seen?.url).to.equal('/api/v1/nodes/a%2Fb?labelSelector=a+in+%28b%2Cc%29&limit=5')
      expect(seen?.body).to.equal('{"metadata":{"labels":{"a":"ü"}}}')
      expect(seen?.headers).to.include({
        authorization: 'Bearer t',
        accept: 'application/json',
        'content-type': 'application/merge-patch+json',
        'user-agent': 'autonomy-rollouts',
      })
    })
  })

  it('keeps the path prefix of the server, as proxies in front of API servers have one', async () => {
    await withServer(json(200, {}), async ({ server }) => {
      const config = fakeConfig(new URL('/k8s/clusters/c-1/', server.url))
      const transport = createTransport({ config, clock: systemClock() })
      await transport.request(get())
      await transport.close()
      expect(server.seen[0]?.url).to.equal('/k8s/clusters/c-1/api/v1/nodes')
    })
  })

  it('keeps its connections: requests one after the other need no new ones', async () => {
    await withServer(json(200, {}), async ({ server, transport }) => {
      for (let count = 0; count < 20; count += 1) await transport.request(get())
      // undici may open a second one when a request comes while the last answer is just being put away.
      expect(server.connections()).to.be.at.most(2)
    })
  })

  it('has no more requests in flight than allowed; the others wait their turn', async () => {
    const held: (() => void)[] = []
    const hold: Answer = (_, response) => void held.push(() => response.end('{}'))
    await withServer(
      hold,
      async ({ server, transport }) => {
        const requests = Array.from({ length: 5 }, () => transport.request(get()))
        await until(() => held.length === 2, { what: 'two requests', withinMs: 2_000, everyMs: 5 })
        expect(server.connections()).to.equal(2)
        while (server.seen.length < 5 || held.length > 0) {
          held.shift()?.()
          await until(() => held.length > 0 || server.seen.length === 5, { what: 'next', withinMs: 2_000, everyMs: 1 })
        }
        await Promise.all(requests)
        expect(server.connections()).to.equal(2)
      },
      { maxRequests: 2 },
    )
  })

  it('asks the guard of a request when that has its connection, and sends nothing when told not to', async () => {
    const held: (() => void)[] = []
    const hold: Answer = (_, response) => void held.push(() => response.end('{}'))
    await withServer(
      hold,
      async ({ server, transport }) => {
        let leads = true
        const refused = new Error('leads no more')
        const guard = () => {
          if (!leads) throw refused
        }
        const first = transport.request(get({ method: 'PUT', guard }))
        await until(() => held.length === 1, { what: 'the first', withinMs: 2_000, everyMs: 5 })
        const second = transport.request(get({ method: 'PUT', guard })).catch((error: unknown) => error)
        leads = false
        held.shift()?.()
        expect(await first).to.deep.equal({})
        expect(await second).to.equal(refused)
        const third = transport.request(get())
        await until(() => held.length === 1, { what: 'the third', withinMs: 2_000, everyMs: 5 })
        held.shift()?.()
        await third
        expect(server.seen.map(({ method }) => method)).to.deep.equal(['PUT', 'GET'])
        expect(server.connections()).to.equal(1)
      },
      { maxRequests: 1 },
    )
  })

  it('asks the guard again before a request is repeated', async () => {
    await withServer(status(429, 'TooManyRequests', { 'retry-after': '1' }), async ({ server, transport }) => {
      const refused = new Error('leads no more')
      let asked = 0
      const guard = () => {
        if ((asked += 1) > 1) throw refused
      }
      const outcome = transport.request(get({ method: 'PATCH', body: {}, guard })).catch((error: unknown) => error)
      expect(await outcome).to.equal(refused)
      expect(server.seen).to.have.length(1)
    })
  })

  it('answers undefined for an empty body', async () => {
    await withServer(text(200, ''), async ({ transport }) => {
      expect(await transport.request(get())).to.equal(undefined)
    })
  })

  it('tells the Date of every answer, refusals included, with the time around it', async () => {
    const exchanges: Exchange[] = []
    const date = { date: 'Tue, 24 Nov 2026 12:00:00 GMT' }
    const observe = (exchange: Exchange) => void exchanges.push(exchange)
    await withServer(
      inTurn(json(200, {}, date), status(404, 'NotFound', date)),
      async ({ transport }) => {
        await transport.request(get())
        await failure(transport.request(get()))
        expect(exchanges.map(exchange => exchange.date)).to.deep.equal(Array(2).fill(Date.parse(date.date)))
        for (const { sentAt, receivedAt } of exchanges) expect(receivedAt).to.be.at.least(sentAt)
      },
      { observe },
    )
  })

  it('counts every attempt by its status', async () => {
    const codes: string[] = []
    await withServer(
      inTurn(reset, json(200, {}), status(404, 'NotFound')),
      async ({ transport }) => {
        await transport.request(get())
        await failure(transport.request(get()))
        expect(codes).to.deep.equal(['GET <error>', 'GET 200', 'GET 404'])
      },
      { metrics: { requested: (method, code) => void codes.push(`${method} ${code}`) } },
    )
  })
})

describe('transport, when the server refuses', () => {
  it('rejects with status, reason, message and details', async () => {
    const body = {
      kind: 'Status',
      code: 422,
      reason: 'Invalid',
      message: 'spec is immutable',
      details: {
        name: 'a',
        kind: 'RolloutPlan',
        causes: [{ reason: 'FieldValueInvalid', field: 'spec', message: 'x' }],
      },
    }
    await withServer(json(422, body), async ({ transport }) => {
      const error = await failure(transport.request(get({ query: { continue: 'x'.repeat(1000) } })))
      expect(error).to.include({ name: 'ApiError', code: 422, reason: 'Invalid', request: 'GET /api/v1/nodes' })
      expect(error.message).to.equal('GET /api/v1/nodes: 422 Invalid: spec is immutable')
      expect(error.details?.causes?.[0]?.field).to.equal('spec')
    })
  })

  for (const [title, answer, message] of [
    ['plain text', text(503, 'service unavailable\n'), 'service unavailable'],
    ['nothing', text(502, ''), 'no explanation'],
    ['JSON that is no Status', json(500, [1, 2]), '[1,2]'],
    [
      'a Status whose fields are of other types',
      json(500, { kind: 'Status', reason: 7, message: {} }),
      'no explanation',
    ],
  ] as const) {
    it(`copes with ${title}`, async () => {
      await withServer(answer, async ({ transport }) => {
        const error = await failure(transport.request(get()))
        expect(error).to.include({ name: 'ApiError', reason: '' })
        expect(error.message).to.contain(message)
      })
    })
  }

  it('reads only the beginning of a long error page', async () => {
    await withServer(text(502, '<html>'.padEnd(5_000_000, 'x')), async ({ transport }) => {
      const error = await failure(transport.request(get()))
      expect(error.code).to.equal(502)
      expect(error.message.length).to.be.below(1_200)
    })
  })

  it('takes a redirect for a refusal: an API server sends none', async () => {
    await withServer(text(302, 'log in first', { location: '/login' }), async ({ transport }) => {
      expect(await failure(transport.request(get()))).to.include({ name: 'ApiError', code: 302 })
    })
  })

  it('asks for fresh credentials and repeats any request once after 401', async () => {
    const answer: Answer = (request, response, socket) =>
      (request.headers.authorization === 'Bearer new' ? json(201, {}) : status(401, 'Unauthorized'))(
        request,
        response,
        socket,
      )
    await withServer(answer, async ({ server, config }) => {
      config.use({ headers: { authorization: 'Bearer old' } })
      const rotating = { ...config, refuse: () => config.use({ headers: { authorization: 'Bearer new' } }) }
      const transport = createTransport({ config: rotating, clock: systemClock() })
      await transport.request({ method: 'POST', path: '/x', body: {}, signal: never })
      await transport.close()
      expect(server.seen).to.have.length(2)
    })
  })

  it('does not repeat a request twice after 401', async () => {
    await withServer(status(401, 'Unauthorized'), async ({ server, transport, config }) => {
      expect(await failure(transport.request(get()))).to.include({ code: 401 })
      expect(server.seen).to.have.length(2)
      expect(config.refused).to.have.length(1)
    })
  })

  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
    it(`waits as long as it is asked to, and repeats ${method}`, async () => {
      const busy = status(429, 'TooManyRequests', { 'retry-after': '1' })
      await withServer(inTurn(busy, json(200, { ok: true })), async ({ transport }) => {
        const since = performance.now()
        expect(await transport.request(get({ method }))).to.deep.equal({ ok: true })
        expect(performance.now() - since).to.be.within(950, 3_000)
      })
    })
  }

  it('never repeats a POST for that, but says how long to wait', async () => {
    await withServer(status(429, 'TooManyRequests', { 'retry-after': '1' }), async ({ server, transport }) => {
      const error = await failure(transport.request(get({ method: 'POST', body: {} })))
      expect(error).to.include({ code: 429, retryAfterMs: 1_000 })
      expect(server.seen).to.have.length(1)
    })
  })

  it('gives up at once when it would have to wait beyond its deadline', async () => {
    await withServer(status(503, 'ServiceUnavailable', { 'retry-after': '30' }), async ({ server, transport }) => {
      expect(await failure(transport.request(get()))).to.include({ code: 503, retryAfterMs: 30_000 })
      expect(server.seen).to.have.length(1)
    })
  })

  it('does not wait longer than its caller does', async () => {
    await withServer(status(429, 'TooManyRequests', { 'retry-after': '3' }), async ({ server, transport }) => {
      const caller = new AbortController()
      const request = transport.request(get({ signal: caller.signal })).catch((error: unknown) => error)
      await until(() => server.seen.length === 1, { what: 'the request', withinMs: 2_000, everyMs: 5 })
      setImmediate(() => caller.abort('enough'))
      expect(await request).to.equal('enough')
    })
  })

  it('repeats at most three times', async () => {
    await withServer(status(429, 'TooManyRequests', { 'retry-after': '0' }), async ({ server, transport }) => {
      expect(await failure(transport.request(get()))).to.include({ code: 429 })
      expect(server.seen).to.have.length(4)
    })
  })

  it('does not repeat after 500, or 503 without Retry-After', async () => {
    for (const code of [500, 503]) {
      await withServer(status(code, 'x'), async ({ server, transport }) => {
        await failure(transport.request(get()))
        expect(server.seen).to.have.length(1)
      })
    }
  })
})

describe('transport, when no usable answer comes', () => {
  it('ends an unanswered request at its deadline', async () => {
    await withServer(blackhole, async ({ transport }) => {
      const since = performance.now()
      expect(await failure(transport.request(get({ timeoutMs: 150 })))).to.include({
        name: 'TransportError',
        code: 'timeout',
      })
      expect(performance.now() - since).to.be.within(140, 1_500)
    })
  })

  it('ends an answer that begins and does not go on at its deadline', async () => {
    const half: Answer = (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{"a":')
    await withServer(half, async ({ transport }) => {
      expect(await failure(transport.request(get({ timeoutMs: 150 })))).to.include({ code: 'timeout' })
    })
  })

  it('ends an answer that trickles at its deadline', async () => {
    const trickle: Answer = (_, response) => {
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    }
    await withServer(trickle, async ({ transport }) => {
      expect(await failure(transport.request(get({ timeoutMs: 200 })))).to.include({ code: 'timeout' })
    })
  })

  it('lets no dead connection delay the next request', async () => {
    await withServer(inTurn(blackhole, json(200, {})), async ({ transport }) => {
      await failure(transport.request(get({ timeoutMs: 100 })))
      const since = performance.now()
      await transport.request(get())
      expect(performance.now() - since).to.be.below(1_000)
    })
  })

  it('rejects with the reason of the caller when that gives up', async () => {
    await withServer(blackhole, async ({ server, transport }) => {
      const caller = new AbortController()
      const request = transport.request(get({ signal: caller.signal })).catch((error: unknown) => error)
      await until(() => server.seen.length === 1, { what: 'the request', withinMs: 2_000, everyMs: 5 })
      caller.abort('enough')
      expect(await request).to.equal('enough')
      expect(await transport.request(get({ signal: caller.signal })).catch((error: unknown) => error)).to.equal(
        'enough',
      )
    })
  })

  for (const [title, broken] of [
    ['a reset', reset],
    ['a connection closed without an answer', (_, __, socket) => void socket.end()],
    [
      'an answer cut in the middle',
      (_, response, socket) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"a":', () => socket.resetAndDestroy())
      },
    ],
    [
      'an answer that ends too early',
      (_, response, socket) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"a":', () => socket.end())
      },
    ],
  ] as const satisfies readonly (readonly [string, Answer])[]) {
    it(`repeats a GET once after ${title}`, async () => {
      await withServer(inTurn(broken, json(200, { ok: true })), async ({ transport }) => {
        expect(await transport.request(get())).to.deep.equal({ ok: true })
      })
      await withServer(broken, async ({ server, transport }) => {
        expect(await failure(transport.request(get()))).to.include({ code: 'reset' })
        expect(server.seen).to.have.length(2)
      })
    })

    it(`does not repeat a write after ${title}: it may have been committed`, async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
        await withServer(broken, async ({ server, transport }) => {
          expect(await failure(transport.request(get({ method, body: {} })))).to.include({ code: 'reset' })
          expect(server.seen).to.have.length(1)
        })
      }
    })
  }

  it('names a refused connection so', async () => {
    const server = await startFaultServer(blackhole)
    await server[Symbol.asyncDispose]()
    const transport = createTransport({ config: fakeConfig(server.url), clock: systemClock() })
    expect(await failure(transport.request(get({ method: 'PUT' })))).to.include({ code: 'connection_refused' })
    await transport.close()
  })

  it('names a host that does not exist so', async () => {
    const transport = createTransport({ config: fakeConfig(new URL('http://nowhere.invalid:1')), clock: systemClock() })
    expect(await failure(transport.request(get({ timeoutMs: 5_000 })))).to.include({ code: 'dns' })
    await transport.close()
  })

  it('names an answer that is no HTTP, or no JSON, so', async () => {
    for (const answer of [((_, __, socket) => void socket.end('220 smtp ready\r\n')) as Answer, text(200, 'hello')]) {
      await withServer(answer, async ({ transport }) => {
        expect(await failure(transport.request(get()))).to.include({ code: 'bad_response' })
      })
    }
  })

  it('does not read an answer longer than allowed', async () => {
    await withServer(
      text(200, '"'.padEnd(2_000_000, 'x')),
      async ({ server, transport }) => {
        expect(await failure(transport.request(get()))).to.include({ code: 'too_large' })
        await until(() => server.open() === 0, { what: 'the connection to be gone', withinMs: 2_000, everyMs: 5 })
      },
      { maxResponseBytes: 100_000 },
    )
  })

  it('says that there are no credentials, and sends nothing', async () => {
    await withServer(json(200, {}), async ({ server, config }) => {
      const broken = { ...config, credentials: () => Promise.reject(new Error('the plugin failed')) }
      const transport = createTransport({ config: broken, clock: systemClock() })
      const error = await failure(transport.request(get()))
      await transport.close()
      expect(error).to.include({ code: 'credentials' })
      expect(error.cause).to.have.property('message', 'the plugin failed')
      expect(server.seen).to.have.length(0)
    })
  })

  it('does not wait for credentials beyond its deadline', async () => {
    await withServer(json(200, {}), async ({ config }) => {
      const transport = createTransport({
        config: { ...config, credentials: () => new Promise(() => {}) },
        clock: systemClock(),
      })
      expect(await failure(transport.request(get({ timeoutMs: 50 })))).to.include({ code: 'timeout' })
      await transport.close()
    })
  })

  it('fails what is in flight when it is closed, and everything after', async () => {
    await withServer(blackhole, async ({ server, transport }) => {
      const request = failure(transport.request(get()))
      await until(() => server.seen.length === 1, { what: 'the request', withinMs: 2_000, everyMs: 5 })
      await transport.close()
      expect(await request).to.include({ code: 'closed' })
      expect(await failure(transport.request(get()))).to.include({ code: 'closed' })
    })
  })
})

describe('transport, streaming', () => {
  const collect = async (chunks: AsyncIterable<Uint8Array>) => {
    let all = ''
    for await (const chunk of chunks) all += Buffer.from(chunk).toString()
    return all
  }

  it('gives the bytes as they come, and ends when the server does', async () => {
    const answer: Answer = (_, response) => {
      response.write('one ')
      setImmediate(() => response.end('two'))
    }
    await withServer(answer, async ({ transport }) => {
      expect(await collect(await transport.stream(get()))).to.equal('one two')
    })
  })

  it('has no deadline once it is open', async () => {
    const answer: Answer = (_, response) => {
      response.flushHeaders()
      setTimeout(() => response.end('late'), 250)
    }
    await withServer(answer, async ({ transport }) => {
      expect(await collect(await transport.stream(get({ timeoutMs: 100 })))).to.equal('late')
    })
  })

  it('has one until then', async () => {
    await withServer(blackhole, async ({ transport }) => {
      expect(await failure(transport.stream(get({ timeoutMs: 100 })))).to.include({ code: 'timeout' })
    })
  })

  it('throws when the connection breaks', async () => {
    const answer: Answer = (_, response, socket) => void response.write('one', () => socket.resetAndDestroy())
    await withServer(answer, async ({ transport }) => {
      expect(await failure(transport.stream(get()).then(collect))).to.include({ code: 'reset' })
    })
  })

  it('throws the reason of the caller, and closes the connection, when that gives up', async () => {
    await withServer(
      (_, response) => response.flushHeaders(),
      async ({ server, transport }) => {
        const caller = new AbortController()
        const stream = await transport.stream(get({ signal: caller.signal }))
        const reading = failure(collect(stream))
        caller.abort('enough')
        expect(await reading).to.equal('enough')
        await until(() => server.open() === 0, { what: 'the connection to be gone', withinMs: 2_000, everyMs: 5 })
      },
    )
  })

  it('closes the connection when the reader stops reading', async () => {
    const answer: Answer = (_, response) => void response.write('one')
    await withServer(answer, async ({ server, transport }) => {
      for await (const _ of await transport.stream(get())) break
      await until(() => server.open() === 0, { what: 'the connection to be gone', withinMs: 2_000, everyMs: 5 })
    })
  })

  it('leaves throttling to the reader', async () => {
    await withServer(status(429, 'TooManyRequests', { 'retry-after': '1' }), async ({ server, transport }) => {
      expect(await failure(transport.stream(get()))).to.include({ code: 429, retryAfterMs: 1_000 })
      expect(server.seen).to.have.length(1)
    })
  })

  it('shares no connection with requests, however many streams there are', async () => {
    const answer: Answer = (request, response) =>
      request.url.startsWith('/watch') ? response.flushHeaders() : void response.end('{}')
    await withServer(
      answer,
      async ({ server, transport }) => {
        for (let count = 0; count < 5; count += 1) await transport.stream(get({ path: '/watch' }))
        await transport.request(get())
        expect(server.connections()).to.equal(6)
      },
      { maxRequests: 1 },
    )
  })
})
