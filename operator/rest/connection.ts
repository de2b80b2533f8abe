import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../runtime/clock.ts'

/** A connection is not used for longer, so that a certificate or CA that was replaced stops counting. */
const OLDEST = 600_000

/** So long requests in flight may take to end when the server stops. */
const GRACE = 20_000

/** Keeps the ages of a server's connections, and ends them in order. */
export type Connections = {
  /** Called before an answer's headers are sent: asks the peer to connect anew when the connection is old or at its end. */
  readonly age: (request: IncomingMessage, response: ServerResponse) => void
  /** Stops listening, lets requests in flight end, and resolves when every connection has ended. */
  readonly close: () => Promise<void>
}

export function connections(server: Server, clock: Clock): Connections {
  const since = new WeakMap<Socket, number>()
  let closing = false
  // The event of TLS servers; that of plain ones would give the raw socket.
  server.on('secureConnection', (socket: Socket) => since.set(socket, clock.monotonic()))
  return {
    age: (request, response) => {
      const born = since.get(request.socket) ?? clock.monotonic()
      if (closing || clock.monotonic() - born > OLDEST) response.setHeader('connection', 'close')
    },
    close: async () => {
      closing = true
      const { promise, resolve } = Promise.withResolvers<void>()
      const cancel = clock.timer(GRACE, () => server.closeAllConnections())
      server.close(() => resolve())
      server.closeIdleConnections()
      await promise
      cancel()
    },
  }
}
