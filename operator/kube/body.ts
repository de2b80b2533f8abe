import type { Dispatcher } from 'undici'
import { TransportError } from './errors.ts'

export type Body = Dispatcher.ResponseData['body']

/** Refusals are short; of a longer one (a proxy's error page) the beginning is enough. */
const refusalBytes = 64 * 1024

/** @throws TransportError `too_large` as soon as more than `limit` bytes have come */
export async function readAll(request: string, body: Body, limit: number): Promise<string> {
  const { text, complete } = await readUpTo(body, limit)
  if (!complete) throw new TransportError(request, 'too_large', `the answer is longer than ${limit} bytes`)
  return text
}

export async function readRefusalText(body: Body): Promise<string> {
  return (await readUpTo(body, refusalBytes)).text
}

async function readUpTo(body: Body, limit: number): Promise<{ readonly text: string; readonly complete: boolean }> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    chunks.push(chunk)
    // Leaving the loop destroys the body, and with it the connection: the rest is never read.
    if (size > limit) return { text: Buffer.concat(chunks).toString('utf8', 0, limit), complete: false }
  }
  return { text: Buffer.concat(chunks).toString('utf8'), complete: true }
}
