import { request as httpsRequest } from 'node:https'
import type { Agent } from 'node:https'
import { createInterface } from 'node:readline'

/** The little that is read of any object's metadata. */
export type AnyObject = {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: { readonly [key: string]: string }
    readonly annotations?: { readonly [key: string]: string }
  }
}

/** One committed write, as the API server's watch told it. */
export type Version = {
  /** Order among the objects of all kinds: etcd counts every write of the cluster. */
  readonly at: number
  readonly deleted: boolean
  readonly object: AnyObject
}

export type WatchOptions = {
  readonly server: string
  readonly agent: Agent
  readonly token: string
  /** Of the collection: `/api/v1/nodes`. */
  readonly path: string
  /** Tell what came after this resourceVersion. */
  readonly from: string
  readonly signal: AbortSignal
  readonly onVersion: (version: Version) => void
}

type WireEvent = { readonly type: string; readonly object: AnyObject }

/**
 * Tells every version of every object of a collection.
 *
 * Runs until the signal aborts. Rejects when the stream ends or says anything else: a gap must not go unnoticed.
 */
export async function watchAll(options: WatchOptions): Promise<void> {
  const { server, agent, token, path, from, signal, onVersion } = options
  const url = `${server}${path}?watch=true&resourceVersion=${from}&timeoutSeconds=86400`
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  const request = httpsRequest(url, { agent, headers, signal }, response => {
    if (response.statusCode !== 200) return reject(new Error(`watching ${path}: HTTP ${response.statusCode}`))
    const lines = createInterface({ input: response })
    lines.on('line', line => {
      const { type, object } = JSON.parse(line) as WireEvent
      if (type === 'ERROR') return reject(new Error(`watching ${path}: ${line}`))
      onVersion({ at: Number(object.metadata.resourceVersion), deleted: type === 'DELETED', object })
    })
    lines.on('error', reject)
    lines.once('close', () => reject(new Error(`watching ${path}: the stream has ended`)))
    response.once('error', reject)
  })
  request.once('error', reject)
  request.end()
  await ended
}
