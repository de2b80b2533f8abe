import { loadClusterConfig } from '../kube/config.ts'
import { ConfigError } from '../kube/kubeconfig.ts'
import { createTransport } from '../kube/transport.ts'
import { systemClock } from '../runtime/clock.ts'
import { createLog } from '../runtime/log.ts'
import { StopError, stopSignal } from '../runtime/signals.ts'
import { checksOf } from './checks.ts'
import { AGGREGATED_PREFIX, type Door, serviceConfig, serviceUrl } from './door.ts'
import { type Options, USAGE, UsageError, readOptions } from './options.ts'
import { settle } from './outcome.ts'

/** Checks an installation from inside, as `helm test` does: one line a check on standard output. */
async function run(options: Options, stop: AbortSignal): Promise<boolean> {
  const clock = systemClock()
  const { kubeconfig, deadlineMs } = options
  const config = loadClusterConfig({ clock, ...(kubeconfig === undefined ? {} : { kubeconfig }) })
  const namespace = options.namespace ?? config.namespace ?? 'default'
  const api = createTransport({ config, clock })
  const door = doorOf()
  try {
    const checks = checksOf(api, door, options.planNamespace ?? namespace)
    const outcomes = await Promise.all(
      checks.map(async check => ({ name: check.name, ...(await settle(check, clock, deadlineMs, stop)) })),
    )
    for (const { name, kind, says } of outcomes)
      process.stdout.write(`${kind === 'passed' ? 'ok  ' : 'FAIL'} ${name}: ${says}\n`)
    return outcomes.every(({ kind }) => kind === 'passed')
  } finally {
    await Promise.all([api.close(), door.transport.close()])
  }

  function doorOf(): Door {
    if (options.door === 'aggregated')
      return { kind: 'aggregated', transport: api, prefix: AGGREGATED_PREFIX, name: 'through the API server' }
    const server = serviceUrl(options.door.service, namespace)
    const transport = createTransport({ config: serviceConfig(server, options.door), clock })
    return { kind: 'direct', transport, prefix: '/v1', name: `at ${server.origin}` }
  }
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === 'help') {
      process.stdout.write(USAGE)
      return 0
    }
    using stop = stopSignal(createLog({ level: 'warn' }))
    return (await run(options, stop.signal)) ? 0 : 1
  } catch (error) {
    if (error instanceof StopError) return 1
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error
    process.stderr.write(`autonomy-rollouts check: ${error.message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

process.exitCode = await main()
