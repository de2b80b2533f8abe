import { createClient } from '../../../operator/kube/client.ts'
import { loadClusterConfig } from '../../../operator/kube/config.ts'
import { createTransport } from '../../../operator/kube/transport.ts'
import { restMetrics } from '../../../operator/metrics/rest.ts'
import type { Lifetimes } from '../../../operator/rest/certificate/rotation.ts'
import { createRest } from '../../../operator/rest/rest.ts'
import { serverClock, systemClock } from '../../../operator/runtime/clock.ts'
import { runTogether } from '../../../operator/runtime/group.ts'
import { createLog } from '../../../operator/runtime/log.ts'
import { createMetrics } from '../../../operator/runtime/metrics.ts'
import { createCaches } from '../../../operator/view/caches.ts'
import { FLEET, SYSTEM } from '../ground.ts'

/** The REST surface of a replica in this process, with all that it stands on. */
export type Surface = {
  /** What it logged as errors. */
  readonly errors: readonly string[]
  stop(): Promise<void>
}

/**
 * Serves as a replica does, but that its certificates live for as long as is said here. It leads nobody.
 *
 * @param kubeconfig that of the operator's account
 */
export function serveWith(kubeconfig: string, port: number, lifetimes: Lifetimes): Surface {
  const errors: string[] = []
  const clock = serverClock(systemClock())
  const metrics = createMetrics(clock)
  const log = createLog({ level: 'error', format: 'json', destination: { write: line => void errors.push(line) } })
  const config = loadClusterConfig({ clock, kubeconfig })
  const transport = createTransport({ config, clock, observe: clock.observe, metrics: metrics.client })
  const client = createClient({ transport, clock })
  const cacheParts = { client, clock, log, metrics: metrics.cache }
  const caches = createCaches(cacheParts)
  const rest = createRest({
    address: { host: '127.0.0.1', port },
    reusePort: true,
    namespace: SYSTEM,
    service: 'autonomy-rollouts',
    planNamespace: FLEET,
    aggregated: true,
    tlsFiles: undefined,
    lifetimes,
    audiences: ['orchestrator.autonomyops.dev'],
    verdictMs: 5_000,
    caches,
    cacheParts,
    client,
    reviews: transport,
    audit: () => undefined,
    metrics: restMetrics(metrics.registry),
    exposition: metrics.exposition,
    clock,
    log,
  })
  const end = new AbortController()
  const watching = Object.values(caches).map(cache => (signal: AbortSignal) => cache.run(signal))
  const running = runTogether(end.signal, [...watching, signal => rest.run(signal)])
  return {
    errors,
    stop: async () => {
      end.abort()
      await running.finally(async () => await transport.close())
    },
  }
}
