import { lead } from '../../../operator/controllers/rollout.ts'
import type { AuditLine } from '../../../operator/api/audit.ts'
import type { EventDraft, Records } from '../../../operator/controllers/record.ts'
import { createCredentialReader } from '../../../operator/evaluator/credentials.ts'
import { jobSource } from '../../../operator/evaluator/jobs/source.ts'
import { metricSource } from '../../../operator/evaluator/metric.ts'
import { webhookSource } from '../../../operator/evaluator/webhook/webhook.ts'
import { createClient } from '../../../operator/kube/client.ts'
import { createCaches } from '../../../operator/view/caches.ts'
import { loadClusterConfig } from '../../../operator/kube/config.ts'
import { createTransport } from '../../../operator/kube/transport.ts'
import { serverClock, systemClock } from '../../../operator/runtime/clock.ts'
import type { ControllerMetrics } from '../../../operator/runtime/controller.ts'
import { createEventRecorder } from '../../../operator/runtime/events.ts'
import { createLog } from '../../../operator/runtime/log.ts'

/** The operator, running in this process as the one replica there is. */
export type Operator = {
  /** What it has left behind for the audit trail, oldest first. */
  readonly audit: readonly AuditLine[]
  /** How often it has looked at any plan. */
  looks(): number
  /** Its latest log lines that mention `text`. */
  log(text?: string): string
  /** Resolves when everything it does has ended. Idempotent. */
  stop(): Promise<void>
}

const mostLines = 2_000

/** Starts the operator with the identity of a kubeconfig. */
export function startOperator(kubeconfig: string): Operator {
  const clock = serverClock(systemClock())
  const lines: string[] = []
  const log = createLog({
    level: 'debug',
    destination: {
      write: line => {
        lines.push(line)
        if (lines.length > mostLines) lines.splice(0, mostLines / 2)
      },
    },
  })
  const config = loadClusterConfig({ clock, kubeconfig })
  const transport = createTransport({ config, clock, observe: clock.observe })
  const client = createClient({ transport, clock })
  const recorder = createEventRecorder({
    client,
    clock,
    log,
    controller: 'fleet.autonomyops.dev/rollout-operator',
    instance: 'test',
  })
  const caches = createCaches({ client, clock, log })
  const audit: AuditLine[] = []
  let looks = 0
  const metrics: ControllerMetrics = {
    reconciled: () => void (looks += 1),
    activeWorkers: () => undefined,
    workers: () => undefined,
  }
  const record = (records: Records): void => {
    audit.push(...records.audit)
    for (const event of records.events) recorder.record(noteOf(event))
  }
  const stop = new AbortController()
  const asking = { credentials: createCredentialReader(client, clock), clock, loopback: true }
  const sources = { metric: metricSource(asking), webhook: webhookSource(asking), job: jobSource(client, log) }
  const leads = () => true
  const parts = { caches, cacheParts: { client, clock, log }, client, clock, log, metrics, record, leads, sources }
  const leading = lead(parts, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  const running = Promise.all([
    ...Object.values(caches).map(cache => cache.run(stop.signal)),
    recorder.run(stop.signal),
    leading,
  ])
  // Told by stop(), which every test file calls.
  running.catch(() => undefined)
  let stopped: Promise<void> | undefined
  const end = async (): Promise<void> => {
    stop.abort()
    try {
      await running
    } finally {
      await transport.close()
    }
  }
  return {
    audit,
    looks: () => looks,
    log: (text = '') =>
      lines
        .filter(line => line.includes(text))
        .slice(-30)
        .join(''),
    stop: () => (stopped ??= end()),
  }
}

function noteOf({ regarding, type, reason, action, note }: EventDraft) {
  return { regarding, type, reason, action, note }
}
