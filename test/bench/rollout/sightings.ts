import { Agent } from 'node:https'
import { until } from '../../cluster/wait.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { type AnyObject, watchAll } from '../../faults/watch.ts'

/** Told of every version of an object, with the time on a clock that never goes back, in milliseconds. */
export type Watcher = (object: AnyObject, at: number) => void

export type Sightings = {
  /** Rejects with what broke the watch, if it broke. */
  stop(): Promise<void>
}

/** Watches a collection straight at the API server, as a machine's agent or a bystander would. */
export async function watch(cluster: Cluster, token: string, path: string, told: Watcher): Promise<Sightings> {
  const end = new AbortController()
  const agent = new Agent({ ca: cluster.ca })
  const list = expectSuccess(`listing ${path}`, await cluster.request('GET', `${path}?limit=1`)) as {
    readonly metadata: { readonly resourceVersion: string }
  }
  const running = watchAll({
    server: cluster.server,
    agent,
    token,
    path,
    from: list.metadata.resourceVersion,
    signal: end.signal,
    onVersion: ({ object }) => told(object, performance.now()),
  })
  let broken: unknown
  running.catch((error: unknown) => (broken = error))
  return {
    stop: async () => {
      end.abort()
      agent.destroy()
      await running
      if (broken) throw broken
    },
  }
}

/** Looks every few milliseconds whether it has come to pass, and gives up after the bound. */
export async function seen<T>(what: string, withinMs: number, probe: () => T | undefined | false): Promise<T> {
  return await until(probe, { what, withinMs, everyMs: 5 })
}
