import { type Agent, request } from 'node:https'

/** Where a call goes, and in whose name. */
export type Place = {
  readonly origin: string
  readonly prefix: string
  readonly agent: Agent
  readonly headers: { readonly [name: string]: string }
}

/**
 * One call, timed by its caller up to the last byte; the answer is not parsed, which would count as ours.
 *
 * @throws Error when the status is another one than `wanted`
 */
export async function call(
  { origin, prefix, agent, headers }: Place,
  method: string,
  path: string,
  wanted: number,
  body?: object,
): Promise<Buffer> {
  const url = new URL(origin)
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const typed = bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const outgoing = request(
    {
      host: url.hostname,
      port: url.port,
      path: `${prefix}${path}`,
      method,
      agent,
      headers: { ...typed, ...headers },
      signal: AbortSignal.timeout(60_000),
    },
    incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', reject)
      incoming.once('end', () => {
        const answer = Buffer.concat(chunks)
        if (incoming.statusCode === wanted) resolve(answer)
        else
          reject(
            new Error(`${method} ${path}: ${incoming.statusCode}, not ${wanted}: ${answer.toString().slice(0, 500)}`),
          )
      })
    },
  )
  outgoing.once('error', reject)
  outgoing.end(bytes)
  return await promise
}
