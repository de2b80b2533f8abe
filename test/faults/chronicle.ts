import type { IncomingHttpHeaders } from 'node:http'
import { splitLines } from '../../operator/kube/lines.ts'
import type { AnyObject } from './watch.ts'
import type { Upstream } from './upstream.ts'

/** The history of one collection as the API server tells it, and what a server that is behind would answer from it. */
export type Chronicle = {
  /**
   * A watch of a server that sees nothing after `at` until it catches up: one event a line. A list that it begins with
   * is not complete before that, since lists are consistent: its end is told when the server knows that it is fresh.
   */
  watchAt(at: number, until: Promise<void>, from: number | 'initial', signal: AbortSignal): AsyncGenerator<string>
  close(): void
}

export type Collection = {
  readonly path: string
  readonly labelSelector: string | null
}

type Entry = { readonly at: number; readonly deleted: boolean; readonly key: string; readonly line: string }

/** No line of a watch is longer: objects have at most 3 MiB. */
const LONGEST_LINE = 16 * 1024 * 1024
/** So many events are remembered, twice as many for a while. */
const REMEMBERED = 4_000

type WireEvent = { readonly type: string; readonly object: AnyObject & { readonly kind: string; apiVersion: string } }

/**
 * @param headers those of a request of the replica's: the chronicle is kept with its rights, and in its name. Resolves when
 *   it is up to date
 */
export async function startChronicle(
  upstream: Upstream,
  { path, labelSelector }: Collection,
  { authorization = '', 'user-agent': userAgent = '' }: IncomingHttpHeaders,
): Promise<Chronicle> {
  const stop = new AbortController()
  /** Last line of each object before the first entry. */
  const base = new Map<string, Entry>()
  const entries: Entry[] = []
  const followers = new Set<(entry: Entry) => void>()
  const upToDate = Promise.withResolvers<void>()
  let begun = false
  let newest = 0
  let [kind, apiVersion] = ['', '']

  const take = (line: string): void => {
    const { type, object } = JSON.parse(line) as WireEvent
    if (type === 'ERROR') throw new Error(`the history of ${path} broke: ${line}`)
    newest = Math.max(newest, Number(object.metadata.resourceVersion))
    ;({ kind, apiVersion } = object)
    if (type === 'BOOKMARK') {
      begun = true
      return upToDate.resolve()
    }
    const { name, namespace, resourceVersion } = object.metadata
    const key = `${namespace ?? ''}/${name}`
    const entry = { at: Number(resourceVersion), deleted: type === 'DELETED', key, line }
    if (!begun) return void base.set(key, entry)
    entries.push(entry)
    for (const tell of followers) tell(entry)
    if (entries.length < 2 * REMEMBERED) return
    for (const old of entries.splice(0, REMEMBERED)) fold(base, old)
  }

  const stateAt = (at: number): ReadonlyMap<string, Entry> => {
    const state = new Map(base)
    for (const entry of entries) if (entry.at <= at) fold(state, entry)
    return state
  }

  const url = new URL(path, 'https://api')
  const query = {
    ...{ watch: 'true', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' },
    ...{ timeoutSeconds: '86400', ...(labelSelector === null ? {} : { labelSelector }) },
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const request = {
    method: 'GET',
    url: `${url.pathname}${url.search}`,
    headers: { authorization, 'user-agent': userAgent },
  }
  const answer = await upstream.send(request, Buffer.alloc(0), stop.signal)
  if (answer.statusCode !== 200) throw new Error(`recording ${path}: HTTP ${answer.statusCode}`)
  const read = async (): Promise<void> => {
    for await (const line of splitLines(answer as AsyncIterable<Buffer>, LONGEST_LINE)) take(line)
  }
  read().catch((error: unknown) => upToDate.reject(error))
  await upToDate.promise

  return {
    watchAt: async function* (at, until, from, signal) {
      if (from === 'initial')
        for (const { line } of stateAt(at).values())
          yield JSON.stringify({ type: 'ADDED', object: (JSON.parse(line) as WireEvent).object })
      const { promise: gone, resolve } = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => resolve(), { once: true })
      await Promise.race([until, gone])
      const since = from === 'initial' ? at : from
      const queue = entries.filter(entry => entry.at > since).map(({ line }) => line)
      if (from === 'initial') queue.push(initialEnd(kind, apiVersion, newest))
      let wake = () => {}
      const tell = (entry: Entry): void => {
        // What the watch began with may be newer than what the chronicle has read so far.
        if (entry.at <= since) return
        queue.push(entry.line)
        wake()
      }
      followers.add(tell)
      try {
        while (!signal.aborted) {
          const next = queue.shift()
          if (next !== undefined) {
            yield next
            continue
          }
          const { promise, resolve: come } = Promise.withResolvers<void>()
          wake = come
          await Promise.race([promise, gone])
        }
      } finally {
        followers.delete(tell)
      }
    },
    close: () => stop.abort(),
  }
}

function initialEnd(kind: string, apiVersion: string, at: number): string {
  const annotations = { 'k8s.io/initial-events-end': 'true' }
  const metadata = { resourceVersion: String(at), creationTimestamp: null, annotations }
  return JSON.stringify({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } })
}

function fold(state: Map<string, Entry>, entry: Entry): void {
  if (entry.deleted) state.delete(entry.key)
  else state.set(entry.key, entry)
}
