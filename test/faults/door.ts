import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Upstream, passable, readAll } from './upstream.ts'

/** One replica's way to the API server, on a port of its own. */
export type Door = {
  /** `https://127.0.0.1:<port>` */
  readonly url: string
  /** From now on nothing passes, in either direction, and nobody is told: a network that swallows packets. */
  cut(): void
  /** Breaks the connections of all that was swallowed, and lets new requests pass. */
  heal(): void
  close(): Promise<void>
}

/** One request, with what the other side of the door must ask for. */
export type Caller = {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly body: Buffer
  /** Resolves when the network lets something pass now; rejects when the connection did not survive its failure. */
  readonly passes: () => Promise<void>
  /** Resolves when the replica has sent another request, or has had the time to. */
  readonly reacted: () => Promise<void>
}

export type DoorOptions = {
  readonly upstream: Upstream
  readonly cert: string
  readonly key: string
  /** Serves the requests that are not merely passed on; false means pass it on. */
  readonly handle: (caller: Caller) => Promise<boolean>
}

/** How long a replica that got an answer may take to show that it has read it. */
const READ_WITHIN_MS = 20

export async function openDoor({ upstream, cert, key, handle }: DoorOptions): Promise<Door> {
  const sockets = new Set<Socket>()
  let severed: PromiseWithResolvers<never> | undefined
  let heard = () => {}

  const passes = async (): Promise<void> => await severed?.promise
  const reacted = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, READ_WITHIN_MS)
    heard = resolve
    await promise
    clearTimeout(timer)
  }

  /** Lists, gets, watches: byte by byte as it comes. */
  const passOn = async ({ incoming, outgoing, body }: Caller): Promise<void> => {
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort())
    const answer = await upstream.send(incoming, body, gone.signal)
    await passes()
    outgoing.writeHead(answer.statusCode ?? 502, passable(answer.headers))
    outgoing.flushHeaders()
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      await passes()
      outgoing.write(chunk)
    }
    outgoing.end()
  }

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    heard()
    const body = await readAll(incoming)
    await passes()
    const caller = { incoming, outgoing, body, passes, reacted }
    if (!(await handle(caller))) await passOn(caller)
  }

  const listener = createServer({ cert, key }, (incoming, outgoing) => {
    // What breaks on one side breaks on the other: there is nothing else a proxy can say.
    serve(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  listener.keepAliveTimeout = 120_000
  listener.on('secureConnection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))

  const heal = (): void => {
    severed?.reject(new Error('the connection did not survive the partition'))
    severed = undefined
  }
  return {
    url: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    cut: () => {
      severed ??= Promise.withResolvers<never>()
      severed.promise.catch(() => {})
    },
    heal,
    close: async () => {
      heal()
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => listener.close(resolve))
    },
  }
}
