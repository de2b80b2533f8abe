import { once } from 'node:events'
import { Agent, request as httpsRequest } from 'node:https'
import { expect } from 'chai'
import { issueAuthority, issueServing } from '../../../operator/rest/certificate/issue.ts'
import { type RestServer, startRestServer } from '../../../operator/rest/server.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { createLog } from '../../../operator/runtime/log.ts'
import { answersOn, dial } from './socket.ts'

const DAY = 86_400_000

describe('listener', function () {
  this.timeout(20_000)
  let server: RestServer
  let ca = ''
  const arrived = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()

  before(async () => {
    // Real time: the TLS library knows no other.
    const authority = await issueAuthority('test', Date.now(), DAY)
    const { cert, key } = await issueServing(authority, ['localhost', '127.0.0.1'], Date.now(), DAY)
    ca = authority.cert
    server = await startRestServer({
      host: '127.0.0.1',
      port: 0,
      tls: () => ({ cert, key, ca: [] }),
      onTlsChange: () => () => undefined,
      handle: async (request, response) => {
        if (request.url === '/slow') {
          arrived.resolve()
          await release.promise
        }
        response.end('{}')
      },
      clock: systemClock(),
      log: createLog({ level: 'error' }),
    })
  })
  after(async () => await server.close())

  it('answers garbage behind a request that is still being served after that request', async () => {
    const socket = await dial(server.address.port, ca)
    const answers = answersOn(socket, 2, 10_000)
    socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\ngarbage\r\n\r\n')
    await arrived.promise
    release.resolve()
    expect((await answers).map(({ status }) => status)).to.deep.equal([200, 400])
  })

  it('lets its answer to headers that are too large arrive, each time, at who is still sending them', async () => {
    const agent = new Agent({ ca, keepAlive: true, servername: 'localhost' })
    const headers = { 'x-padding': 'x'.repeat(200 * 1024) }
    const ask = async () => {
      const { port } = server.address
      const outgoing = httpsRequest({ host: '127.0.0.1', port, path: '/', agent, headers }).end()
      const [incoming] = (await once(outgoing, 'response')) as [{ readonly statusCode: number; resume(): void }]
      incoming.resume()
      return incoming.statusCode
    }
    const codes: number[] = []
    for (let count = 0; count < 30; count += 1) codes.push(await ask())
    agent.destroy()
    expect(new Set(codes)).to.deep.equal(new Set([431]))
  })

  it('ends the connection after an upgrade that it does not make', async () => {
    const socket = await dial(server.address.port, ca)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n')
    const answers = await answersOn(socket, 1, 10_000)
    expect(answers.map(({ status }) => status)).to.deep.equal([200])
    expect(socket.readableEnded).to.equal(true)
  })
})
