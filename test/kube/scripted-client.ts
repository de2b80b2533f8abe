import type { Client } from '../../operator/kube/client.ts'
import type { List, RawObject } from '../../operator/kube/object.ts'
import type { WatchEvent, WatchOptions } from '../../operator/kube/watch.ts'

/** One watch the cache opened, fed by the test. */
export type Session = {
  readonly options: WatchOptions
  send(...events: readonly WatchEvent[]): void
  end(): void
  fail(error: unknown): void
  closed(): boolean
}

type Item = { readonly event: WatchEvent } | { readonly error: unknown } | 'end'

/** A client whose lists and watches the test answers by hand; the n-th of each kind is kept. */
export function scriptedClient(list: (options: { continue?: string }) => Promise<List<RawObject>> = noLists) {
  const sessions: Session[] = []
  const lists: { readonly limit?: number; readonly continue?: string }[] = []
  let refusal: { readonly error: unknown; readonly streamingOnly: boolean } | undefined

  async function* watch(_: unknown, options: WatchOptions): AsyncGenerator<WatchEvent, void, void> {
    const items: Item[] = []
    let wake = () => {}
    let closed = false
    const push = (...more: Item[]) => {
      items.push(...more)
      wake()
    }
    sessions.push({
      options,
      send: (...events) => push(...events.map(event => ({ event }))),
      end: () => push('end'),
      fail: error => push({ error }),
      closed: () => closed,
    })
    const refused = refusal !== undefined && (options.from === 'initial' || !refusal.streamingOnly)
    if (refused) throw refusal?.error as Error
    options.signal.addEventListener('abort', () => push({ error: options.signal.reason }))
    try {
      for (;;) {
        const item = items.shift()
        if (item === undefined) await new Promise<void>(resolve => (wake = resolve))
        else if (item === 'end') return
        else if ('error' in item) throw item.error as Error
        else yield item.event
      }
    } finally {
      closed = true
    }
  }

  const client = {
    watch: watch as Client['watch'],
    list: ((_: unknown, options: { limit?: number; continue?: string }) => {
      lists.push(options)
      return list(options)
    }) as unknown as Client['list'],
  }
  return {
    client,
    sessions,
    lists,
    last: () => {
      const session = sessions.at(-1)
      if (session === undefined) throw new Error('no watch was opened')
      return session
    },
    /** Every watch is refused with this from now on. */
    refuse: (error: unknown) => void (refusal = { error, streamingOnly: false }),
    /** As servers do that have no streaming lists. */
    refuseStreaming: (error: unknown) => void (refusal = { error, streamingOnly: true }),
  }
}

function noLists(): Promise<never> {
  return Promise.reject(new Error('no list was expected'))
}

export const bookmark = (resourceVersion: number, initialEnd = false): WatchEvent => ({
  kind: 'bookmark',
  resourceVersion: String(resourceVersion),
  initialEnd,
})
