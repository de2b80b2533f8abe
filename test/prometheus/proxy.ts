import { fetch } from 'undici'
import type { Answer } from '../kube/fault-server.ts'

/** Bound of one question, in milliseconds. */
const WITHIN = 10_000

/** Passes a question on to a Prometheus, and its answer back, as `change` leaves it. */
export const passOn =
  (prometheus: string, change: (body: string) => string = body => body): Answer =>
  ({ method, url, headers, body }, response) => {
    const type = headers['content-type']
    const asked = {
      method,
      ...(body === '' ? {} : { body }),
      headers: type === undefined ? {} : { 'content-type': type },
      signal: AbortSignal.timeout(WITHIN),
    }
    void fetch(new URL(url, prometheus), asked)
      .then(async answer => {
        const said = change(await answer.text())
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(said)
      })
      .catch(() => response.destroy())
  }
