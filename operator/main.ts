import { createCaches, lead } from './controllers/rollout.ts'
import { createClient } from './kube/client.ts'
import { loadClusterConfig } from './kube/config.ts'
import { createTransport } from './kube/transport.ts'
import { type Options, USAGE, UsageError, readOptions } from './options.ts'
import { serverClock, systemClock } from './runtime/clock.ts'
import { runTogether } from './runtime/group.ts'
import { createLeaderElector } from './runtime/leader.ts'
import { createLog } from './runtime/log.ts'
import { stopSignal } from './runtime/signals.ts'

/**
 * Wires the parts together and runs until told to stop.
 *
 * Order of a stop: the leader's work ends, then its lease is released, then caches and connections close.
 */
async function run(options: Options, stop: AbortSignal, log: ReturnType<typeof createLog>): Promise<void> {
  const clock = serverClock(systemClock())
  const config = loadClusterConfig({
    clock,
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
  })
  const transport = createTransport({ config, clock, observe: clock.observe })
  const leaseTransport = createTransport({ config, clock, observe: clock.observe })
  const reader = createClient({ transport, clock })
  const elector = createLeaderElector({
    client: createClient({ transport: leaseTransport, clock }),
    namespace: options.namespace ?? config.namespace ?? 'default',
    name: options.leaseName,
    identity: options.identity,
    clock,
    log,
    leaseDurationMs: options.leaseDurationMs,
    renewDeadlineMs: options.renewDeadlineMs,
    retryPeriodMs: options.retryPeriodMs,
  })
  const writer = createClient({ transport, clock, beforeWrite: elector.guard })
  const cacheParts = { client: reader, clock, log }
  const caches = createCaches(cacheParts)
  const record = ({ audit }: { readonly audit: readonly unknown[] }) => {
    for (const line of audit) process.stdout.write(`${JSON.stringify(line)}\n`)
  }

  const infrastructure = new AbortController()
  try {
    await runTogether(infrastructure.signal, [
      ...Object.values(caches).map(cache => (signal: AbortSignal) => cache.run(signal)),
      async signal => {
        try {
          await elector.run(AbortSignal.any([stop, signal]), leadership =>
            lead({ caches, cacheParts, client: writer, clock, log, record }, leadership.signal),
          )
        } finally {
          infrastructure.abort()
        }
      },
    ])
  } finally {
    await Promise.all([transport.close(), leaseTransport.close()])
  }
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === 'help') {
      process.stdout.write(USAGE)
      return 0
    }
    const log = createLog({ level: options.logLevel })
    using stop = stopSignal(log)
    try {
      await run(options, stop.signal, log)
      log.info('stopped')
      return 0
    } catch (error) {
      log.error('ended', { error })
      return 1
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`autonomy-rollouts: ${error.message}\n`)
    return 2
  }
}

process.exitCode = await main()
