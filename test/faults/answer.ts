import type { ServerResponse } from 'node:http'
import type { Refusal } from './fate.ts'
import { type Answer, reply } from './upstream.ts'

/** A Status as the API server words its refusals, or the plain text of one that does not serve the kind. */
export function refusal(refused: Refusal): Answer {
  const { code, plain = false, retryAfterSeconds } = refused
  return {
    code,
    headers: {
      'content-type': plain ? 'text/plain; charset=utf-8' : 'application/json',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: Buffer.from(plain ? `${code} page not found\n` : JSON.stringify(statusOf(refused))),
  }
}

/** The line by which a watch that has opened is refused. */
export function errorEvent(refused: Refusal): string {
  return `${JSON.stringify({ type: 'ERROR', object: statusOf(refused) })}\n`
}

function statusOf({ code, reason, message = `injected ${reason}`, retryAfterSeconds }: Refusal): object {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code, ...details }
}

export const GARBAGE = '<html>\x00\xff{"kind":"RolloutPlan","metadata":'

/** Success in name. */
export async function replyGarbage(outgoing: ServerResponse): Promise<void> {
  await reply(outgoing, { code: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(GARBAGE) })
}

/** Promises the whole answer, sends half of it, and closes this side of the connection. */
export function replyHalf(outgoing: ServerResponse, { code, headers, body }: Answer): void {
  outgoing.writeHead(code, { ...headers, 'content-length': body.length })
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.socket?.end())
}

/** Sends the answer byte by byte, for as long as somebody listens. */
export async function replyDripping(
  outgoing: ServerResponse,
  { code, headers, body }: Answer,
  everyMs: number,
): Promise<void> {
  outgoing.writeHead(code, { ...headers, 'content-length': body.length })
  outgoing.flushHeaders()
  await drip(outgoing, body, everyMs)
  outgoing.end()
}

export async function drip(outgoing: ServerResponse, bytes: Buffer, everyMs: number): Promise<void> {
  for (let position = 0; position < bytes.length && !outgoing.destroyed; position += 1) {
    outgoing.write(bytes.subarray(position, position + 1))
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}
