import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A service whose metrics the test decides. */
export type Exporter = {
  /** `127.0.0.1:<port>`, as a scrape configuration names a target. */
  readonly target: string
  /** What it exposes from now on; undefined: it answers 503, so that its series go stale. */
  expose(text: string | undefined): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startExporter(text?: string): Promise<Exporter> {
  let exposed = text
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.statusCode = exposed === undefined ? 503 : 200
    response.end(exposed ?? '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    expose: next => void (exposed = next),
    close,
    [Symbol.asyncDispose]: close,
  }
}
