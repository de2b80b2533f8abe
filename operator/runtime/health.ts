import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** One thing that has to be well. Answers from memory: no I/O, no waiting. */
export type Check = {
  readonly name: string
  /** What is wrong, in words; undefined when nothing is. */
  problem(): string | undefined
}

export type HealthOptions = {
  /** Default 127.0.0.1. In a pod: 0.0.0.0, so that the kubelet can reach it. */
  readonly host?: string
  /** 0 takes a free one. */
  readonly port: number
  /** For /livez: a restart would help. That the process answers at all is checked by asking. */
  readonly live?: readonly Check[]
  /**
   * For /readyz: this replica can serve. Never whether the API server is reachable: its outage would take every replica
   * out of service at once, and none of them could do better elsewhere.
   */
  readonly ready: readonly Check[]
  readonly clock: Clock
  readonly log: Log
}

export type HealthServer = {
  readonly address: { readonly host: string; readonly port: number }
  /** Takes no more connections, and ends those still open after 1 s. */
  close(): Promise<void>
}

type Answer = { readonly status: number; readonly body: string; readonly contentType?: string }

const closeMs = 1_000

/** Serves /livez, /readyz and /healthz (both together): nothing that is worth hiding. Resolves once it listens. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const { host = '127.0.0.1', port, live = [], ready, clock, log } = options
  const answer = (path: string): Answer => {
    switch (path) {
      case '/livez':
        return report(live)
      case '/readyz':
        return report(ready)
      case '/healthz':
        return report([...live, ...ready])
    }
    return { status: 404, body: 'not found\n' }
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return send(response, { status: 405, body: 'method not allowed\n' })
    }
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    send(response, answer(path))
  }

  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 }, handle)
  server.maxConnections = 100

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', error => log.error('the health server failed', { error }))

  return {
    address: { host, port: (server.address() as AddressInfo).port },
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const cancel = clock.timer(closeMs, () => server.closeAllConnections())
      server.close(() => resolve())
      server.closeIdleConnections()
      await promise
      cancel()
    },
  }
}

/** One line a check, as Kubernetes' own components answer `?verbose`; probes look at the status only. */
function report(checks: readonly Check[]): Answer {
  const lines = checks.map(check => ({ name: check.name, problem: ask(check) }))
  const well = lines.every(({ problem }) => problem === undefined)
  const body = lines.map(({ name, problem }) => (problem === undefined ? `[+]${name} ok` : `[-]${name} ${problem}`))
  return { status: well ? 200 : 503, body: `${[...body, well ? 'ok' : 'not ok'].join('\n')}\n` }
}

function ask(check: Check): string | undefined {
  try {
    return check.problem()
  } catch (error) {
    return `the check failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

function send(response: ServerResponse, { status, body, contentType = 'text/plain; charset=utf-8' }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}
