import { Agent } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer } from '../cluster/admin-client.ts'
import { expectSuccess } from '../cluster/admin-client.ts'
import { type AnyObject, type Version, watchAll } from './watch.ts'

/** The kinds whose every version is kept. */
export const KINDS = {
  plan: '/apis/fleet.autonomyops.dev/v1alpha1/rolloutplans',
  recovery: '/apis/fleet.autonomyops.dev/v1alpha1/rolloutrecoveries',
  node: '/api/v1/nodes',
  revision: '/apis/apps/v1/controllerrevisions',
} as const
export type Kind = keyof typeof KINDS

/** How requests call them. */
export const PLURALS: Readonly<Record<Kind, string>> = {
  plan: 'rolloutplans',
  recovery: 'rolloutrecoveries',
  node: 'nodes',
  revision: 'controllerrevisions',
}

/** `seenAt`: epoch milliseconds, by the clock of this machine. */
export type Observed = Version & { readonly kind: Kind; readonly seenAt: number }

/**
 * Sees every committed write of a cluster, straight from the API server, whatever stands in the operator's way.
 */
export type Observer = {
  /** Every version of the objects of one run, in the order in which they were committed. */
  history(run: string): readonly Observed[]
  /** The present objects of one run. */
  present<T extends AnyObject>(kind: Kind, run: string): readonly T[]
  /** Called after each new version of an object of the run; returns the end of it. */
  subscribe(run: string, handler: (version: Observed) => void): () => void
  /** Resolves as soon as the probe gives something, asked at every version of the run; rejects after the bound. */
  until<T>(run: string, what: string, withinMs: number, probe: () => T | undefined | false): Promise<T>
  /** Resolves when everything that is stored now has been seen. */
  caughtUp(run: string): Promise<void>
  /** Rejects with what broke a watch, if one broke. */
  stop(): Promise<void>
}

export type ObserverOptions = {
  readonly server: string
  readonly ca: string
  readonly token: string
  readonly request: (method: string, path: string) => Promise<Answer>
}

type List = { readonly metadata: { readonly resourceVersion: string }; readonly items: readonly AnyObject[] }

/** An object belongs to a run by its namespace, or by the beginning of its name. */
export function runOf({ metadata: { name, namespace } }: AnyObject): string {
  return namespace ?? name.slice(0, name.indexOf('-'))
}

export async function startObserver({ server, ca, token, request }: ObserverOptions): Promise<Observer> {
  const agent = new Agent({ ca })
  const stop = new AbortController()
  const histories = new Map<string, Observed[]>()
  const present = new Map<string, Map<string, Observed>>()
  const handlers = new Map<string, Set<(version: Observed) => void>>()
  const keyOf = (kind: Kind, { metadata }: AnyObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`

  const list = async (kind: Kind): Promise<List> =>
    expectSuccess(`listing ${KINDS[kind]}`, await request('GET', KINDS[kind])) as List

  const take = (kind: Kind, version: Version): void => {
    const run = runOf(version.object)
    const observed = { ...version, kind, seenAt: Date.now() }
    const history = histories.get(run) ?? []
    histories.set(run, history)
    history.push(observed)
    const objects = present.get(run) ?? new Map<string, Observed>()
    present.set(run, objects.set(keyOf(kind, version.object), observed))
    for (const handler of handlers.get(run) ?? []) handler(observed)
  }

  const kinds = Object.keys(KINDS) as Kind[]
  const watches = await Promise.all(
    kinds.map(async kind => {
      const { metadata } = await list(kind)
      return { kind, from: metadata.resourceVersion }
    }),
  )
  const running = Promise.all(
    watches.map(async ({ kind, from }) => {
      const onVersion = (version: Version) => take(kind, version)
      await watchAll({ server, agent, token, path: KINDS[kind], from, signal: stop.signal, onVersion })
    }),
  )
  let broken: unknown
  running.catch((error: unknown) => (broken = error))

  const subscribe: Observer['subscribe'] = (run, handler) => {
    const mine = handlers.get(run) ?? new Set()
    handlers.set(run, mine.add(handler))
    return () => void mine.delete(handler)
  }

  const until: Observer['until'] = async (run, what, withinMs, probe) => {
    const { promise, resolve, reject } = Promise.withResolvers<NonNullable<ReturnType<typeof probe>>>()
    const over = new AbortController()
    const ask = () => {
      try {
        const found = probe()
        if (found !== undefined && found !== false) resolve(found as NonNullable<typeof found>)
      } catch (error) {
        reject(error)
      }
    }
    const end = subscribe(run, ask)
    ask()
    const bound = delay(withinMs, undefined, { signal: over.signal }).then(
      () => reject(broken ?? new Error(`${what}: not within ${withinMs} ms`)),
      () => undefined,
    )
    try {
      return (await promise) as never
    } finally {
      end()
      over.abort()
      await bound
    }
  }

  return {
    history: run => (histories.get(run) ?? []).toSorted((a, b) => a.at - b.at),
    present: <T extends AnyObject>(kind: Kind, run: string) =>
      [...(present.get(run)?.values() ?? [])]
        .filter(version => version.kind === kind && !version.deleted)
        .map(({ object }) => object as T),
    subscribe,
    until,
    caughtUp: async run => {
      for (const kind of kinds) {
        const stored = (await list(kind)).items.filter(object => runOf(object) === run)
        const seen = () =>
          stored.every(object => {
            const known = present.get(run)?.get(keyOf(kind, object))
            return known !== undefined && known.at >= Number(object.metadata.resourceVersion)
          })
        await until(run, `${kind} objects of ${run} have all been seen`, 5_000, seen)
      }
    },
    stop: async () => {
      stop.abort()
      agent.destroy()
      await running
    },
  }
}
