import { once } from 'node:events'
import { type TLSSocket, connect } from 'node:tls'

/** An answer as it stood on the wire. */
export type WireAnswer = { readonly status: number; readonly body: unknown }

/** A TLS connection to the direct door. */
export async function dial(port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' })
  await once(socket, 'secureConnect')
  return socket
}

/**
 * Everything that comes back on a connection until the other side ends it, or until there are as many answers as are
 * wanted.
 *
 * @param withinMs after this the connection is destroyed, and what had come by then is the result
 */
export async function answersOn(socket: TLSSocket, wanted: number, withinMs: number): Promise<readonly WireAnswer[]> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let seen = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    seen = Buffer.concat([seen, bytes])
    if (parsed(seen).length > wanted) resolve()
  })
  socket.on('error', () => resolve())
  socket.once('end', resolve).once('close', () => resolve())
  const bound = setTimeout(resolve, withinMs)
  await promise
  clearTimeout(bound)
  socket.destroy()
  return parsed(seen)
}

function parsed(bytes: Buffer): readonly WireAnswer[] {
  const answers: WireAnswer[] = []
  for (let rest = bytes; ;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return answers
    const head = rest.subarray(0, end).toString('latin1')
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
    const body = rest.subarray(end + 4, end + 4 + length)
    if (body.length < length) return answers
    answers.push({ status, body: parsedBody(body.toString('utf8')) })
    rest = rest.subarray(end + 4 + length)
  }
}

function parsedBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
