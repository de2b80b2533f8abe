import { splitLines } from '../../operator/kube/lines.ts'
import { GARBAGE, drip, errorEvent, refusal } from './answer.ts'
import { type Chronicle, type Collection, startChronicle } from './chronicle.ts'
import { type Debts, debts } from './debts.ts'
import type { Caller } from './door.ts'
import type { Fate } from './fate.ts'
import type { Followers } from './followers.ts'
import type { ApiRequest } from './request.ts'
import { EXPIRY, relay } from './stream.ts'
import { type Upstream, passable, readAll, reply } from './upstream.ts'

type About = Pick<ApiRequest, 'resource'> & { readonly who: string }

/** The watches that go through a proxy. */
export type Watching = {
  /** A collection is watched by this request: see `record`. */
  note(resource: string, incoming: Caller['incoming']): void
  /** One watch, event by event, to its end. */
  stream(about: About, caller: Caller): Promise<void>
  /** Does to a watch what its fate says. @returns whether that is done to watches otherwise than to any request */
  disturb(about: About, fate: Fate, caller: Caller): Promise<boolean>
  /** Keeps the history of all that has been watched so far. */
  record(): Promise<void>
  /** How many events are kept from replicas now. */
  kept(): number
  close(): void
}

export function createWatching(upstream: Upstream, followers: Followers): Watching {
  /** First request of each collection that was watched. */
  const watched = new Map<string, Caller['incoming']>()
  const chronicles = new Map<string, Chronicle>()
  /** By replica and collection. */
  const owed = new Map<string, Debts>()
  let kept = 0

  const debtsOf = (who: string, incoming: Caller['incoming']): Debts => {
    const { path, labelSelector } = collectionOf(incoming.url)
    const name = [who, path, labelSelector].join(' ')
    const known = owed.get(name) ?? debts()
    owed.set(name, known)
    return known
  }

  const stream = async ({ who, resource }: About, caller: Caller): Promise<void> => {
    const { incoming, outgoing, body, passes } = caller
    const gone = goneWith(outgoing)
    const answer = await upstream.send(incoming, body, gone)
    await passes()
    const { statusCode: code = 502, headers } = answer
    if (code !== 200) return await reply(outgoing, { code, headers: passable(headers), body: await readAll(answer) })
    outgoing.writeHead(code, passable(headers))
    outgoing.flushHeaders()
    const lines = splitLines(answer as AsyncIterable<Buffer>, LONGEST_LINE)
    await send(lines, { who, resource }, caller, gone)
  }

  const send = async (
    lines: AsyncIterable<string>,
    { who, resource }: About,
    { incoming, outgoing, passes }: Caller,
    signal: AbortSignal,
  ): Promise<void> => {
    const owing = debtsOf(who, incoming)
    const from = startOf(incoming.url)
    if (owing.begin(from)) return void outgoing.end(EXPIRY)
    await relay({
      lines,
      resource,
      signal,
      passes,
      initial: from === 'initial',
      debts: owing,
      ask: event => followers.event({ ...event, who }),
      write: async text => await new Promise<void>(resolve => void outgoing.write(text, () => resolve())),
      told: event => followers.told(event),
      keep: () => {
        kept += 1
        return () => void (kept -= 1)
      },
      cut: () => void incoming.socket.destroy(),
    })
    outgoing.end()
  }

  const answerStale = async (
    { who, resource }: About,
    { at, until }: Extract<Fate, { kind: 'stale' }>,
    caller: Caller,
  ): Promise<void> => {
    const { incoming, outgoing } = caller
    const chronicle = chronicles.get(resource)
    if (chronicle === undefined) throw new Error(`no history of ${resource} is kept: call record() first`)
    const headers = { 'content-type': 'application/json' }
    outgoing.writeHead(200, headers)
    outgoing.flushHeaders()
    const gone = goneWith(outgoing)
    await send(chronicle.watchAt(at, until, startOf(incoming.url), gone), { who, resource }, caller, gone)
  }

  return {
    note: (resource, incoming) => {
      if (!watched.has(resource)) watched.set(resource, incoming)
    },
    stream,
    disturb: async (about, fate, caller) => {
      if (fate.kind !== 'stale') return await disturbed(fate, caller)
      await answerStale(about, fate, caller)
      return true
    },
    record: async () => {
      for (const [resource, incoming] of watched)
        if (!chronicles.has(resource))
          chronicles.set(resource, await startChronicle(upstream, collectionOf(incoming.url), incoming.headers))
    },
    kept: () => kept,
    close: () => {
      for (const chronicle of chronicles.values()) chronicle.close()
    },
  }
}

const LONGEST_LINE = 16 * 1024 * 1024

/** @returns whether it was something that is done to watches otherwise than to other requests */
async function disturbed(fate: Fate, { incoming, outgoing }: Caller): Promise<boolean> {
  const open = (): void => {
    outgoing.writeHead(200, { 'content-type': 'application/json' })
    outgoing.flushHeaders()
  }
  switch (fate.kind) {
    case 'refuse':
      if (!fate.inStream) await reply(outgoing, refusal(fate))
      else {
        open()
        outgoing.end(errorEvent(fate))
      }
      return true
    case 'reset':
      // A watch is committed when it is open.
      if (fate.after === 'commit') open()
      incoming.socket.destroy()
      return true
    case 'half':
      open()
      outgoing.write('{"type":"MODIFIED","object":{"kind":', () => outgoing.socket?.end())
      return true
    case 'garbage':
      open()
      outgoing.write(`${GARBAGE}\n`)
      return true
    case 'drip':
      open()
      await drip(outgoing, Buffer.from(`{"type":"BOOKMARK","object":${' '.repeat(100_000)}`), fate.everyMs)
      return true
    default:
      return false
  }
}

function goneWith(outgoing: Caller['outgoing']): AbortSignal {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  return gone.signal
}

function collectionOf(url: string | undefined): Collection {
  const { pathname, searchParams } = new URL(url ?? '/', 'https://api')
  return { path: pathname, labelSelector: searchParams.get('labelSelector') }
}

function startOf(url: string | undefined): number | 'initial' {
  const { searchParams } = new URL(url ?? '/', 'https://api')
  return searchParams.get('sendInitialEvents') === 'true' ? 'initial' : Number(searchParams.get('resourceVersion'))
}
