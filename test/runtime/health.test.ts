import { connect } from 'node:net'
import { expect } from 'chai'
import { systemClock } from '../../operator/runtime/clock.ts'
import { startHealthServer } from '../../operator/runtime/health.ts'
import type { HealthOptions } from '../../operator/runtime/health.ts'
import { quiet } from './log-lines.ts'

const well = { name: 'plans', problem: () => undefined }
const ill = { name: 'nodes', problem: () => 'not listed yet' }

async function serving<T>(
  options: Partial<HealthOptions>,
  use: (
    ask: (path: string, method?: string) => Promise<{ status: number; body: string; type: string | null }>,
  ) => Promise<T>,
): Promise<T> {
  const server = await startHealthServer({ port: 0, ready: [], clock: systemClock(), log: quiet, ...options })
  try {
    return await use(async (path, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server.address.port}${path}`, { method })
      return { status: response.status, body: await response.text(), type: response.headers.get('content-type') }
    })
  } finally {
    await server.close()
  }
}

describe('health server', () => {
  it('is alive though not ready', async () => {
    await serving({ ready: [well, ill] }, async ask => {
      expect((await ask('/livez')).status).to.equal(200)
      expect(await ask('/readyz')).to.include({ status: 503, body: '[+]plans ok\n[-]nodes not listed yet\nnot ok\n' })
      expect((await ask('/healthz')).status).to.equal(503)
    })
  })

  it('is ready when every check is well', async () => {
    await serving({ ready: [well] }, async ask => {
      expect(await ask('/readyz?verbose')).to.include({ status: 200, body: '[+]plans ok\nok\n' })
    })
  })

  it('takes a check that throws for a problem', async () => {
    const broken = { name: 'x', problem: () => { throw new Error('bug') } } // prettier-ignore
    await serving({ live: [broken] }, async ask => {
      expect(await ask('/livez')).to.include({ status: 503, body: '[-]x the check failed: bug\nnot ok\n' })
    })
  })

  it('knows no other path and no other method', async () => {
    await serving({}, async ask => {
      expect((await ask('/')).status).to.equal(404)
      expect((await ask('/metrics')).status).to.equal(404)
      expect((await ask('/livez', 'POST')).status).to.equal(405)
      expect((await ask('/livez', 'HEAD')).status).to.equal(200)
    })
  })

  it('rejects when its port is taken', async () => {
    const first = await startHealthServer({ port: 0, ready: [], clock: systemClock(), log: quiet })
    const second = await startHealthServer({
      port: first.address.port,
      ready: [],
      clock: systemClock(),
      log: quiet,
    }).catch((error: unknown) => error)
    await first.close()
    expect(second).to.have.property('code', 'EADDRINUSE')
  })

  it('closes within a second or so though somebody holds a connection open', async () => {
    const clock = systemClock()
    const server = await startHealthServer({ port: 0, ready: [], clock, log: quiet })
    const socket = connect(server.address.port, '127.0.0.1')
    await new Promise(resolve => socket.once('connect', resolve))
    socket.on('error', () => {})
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n')
    const since = clock.monotonic()
    await server.close()
    expect(clock.monotonic() - since).to.be.below(2_500)
  })
})
