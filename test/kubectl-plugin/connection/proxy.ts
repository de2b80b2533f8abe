import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'

/** A proxy on loopback that remembers where it was asked to lead. */
export type Proxy = AsyncDisposable & {
  readonly url: string
  /** `host:port`, in their order. */
  readonly tunnels: readonly string[]
}

/** CONNECT, as companies have it. */
export async function startHttpProxy(allows: (target: string) => boolean = () => true): Promise<Proxy> {
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const server = createHttpServer().on('connect', (request, client: Socket, head) => {
    const target = request.url ?? ''
    if (!allows(target)) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    tunnels.push(target)
    const upstream = tunnel(client, target, sockets)
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.write(head)
    })
  })
  return await serve(server, 'http', tunnels, sockets)
}

/** SOCKS 5 without authentication, for IPv4 addresses (RFC 1928). */
export async function startSocksProxy(): Promise<Proxy> {
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    client.on('error', () => client.destroy())
    client.once('data', () => {
      client.write(Buffer.from([5, 0]))
      client.once('data', (request: Buffer) => {
        const target = `${[...request.subarray(4, 8)].join('.')}:${request.readUInt16BE(8)}`
        tunnels.push(target)
        tunnel(client, target, sockets).once('connect', () =>
          client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])),
        )
      })
    })
  })
  return await serve(server, 'socks5', tunnels, sockets)
}

function tunnel(client: Socket, target: string, sockets: Set<Socket>): Socket {
  const { hostname, port } = new URL(`http://${target}`)
  const upstream = connect(Number(port), hostname)
  upstream.once('connect', () => upstream.pipe(client).pipe(upstream))
  for (const socket of [client, upstream]) {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  }
  return upstream
}

async function serve(server: Server, scheme: string, tunnels: string[], sockets: Set<Socket>): Promise<Proxy> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    tunnels,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
