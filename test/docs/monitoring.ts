import { until } from '../cluster/wait.ts'
import { type Exporter, startExporter } from '../prometheus/exporter.ts'
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.ts'
import { type Cast, SOON, heldStage, letPass, publish } from './scene.ts'

/** What a metric gate of the runbook asks: a real Prometheus, and a service whose error rate the test decides. */
export type Monitoring = {
  readonly prometheus: Prometheus
  /** Has the canaries report that error rate, or nothing, and waits until Prometheus answers so. */
  report(errorRate: number | undefined): Promise<void>
  stop(): Promise<void>
}

export async function startMonitoring(): Promise<Monitoring> {
  const exporter: Exporter = await startExporter()
  const jobs = [{ job_name: 'robots', static_configs: [{ targets: [exporter.target] }] }]
  const prometheus = await startPrometheus({ scrape: jobs }).catch(async (error: unknown) => {
    await exporter.close()
    throw error
  })
  return {
    prometheus,
    report: async errorRate => {
      exporter.expose(errorRate === undefined ? undefined : `error_rate{node="robot-2"} ${errorRate}\n`)
      const answers = async () => (await prometheus.query('error_rate'))[0]?.value === errorRate
      await until(answers, { what: `error_rate is ${errorRate}`, ...SOON })
    },
    stop: async () => {
      await prometheus.stop()
      await exporter.close()
    },
  }
}

/** The scenes that `monitoringScenes` sets. */
export const MONITORED = [
  'a metric gate has no data',
  'the exporter is back',
  'a metric gate has failed',
  'the error rate has come down',
] as const

/** Scenes of the two stories about metric gates. Time is short in them: what stands still is dated back. */
export function monitoringScenes(
  cast: () => Cast,
  monitoring: () => Monitoring,
): { readonly [name in (typeof MONITORED)[number]]: () => Promise<void> } {
  return {
    'a metric gate has no data': async () => {
      await monitoring().report(undefined)
      // Read once a minute, so that it is the retry that has it read again.
      await gated(cast(), monitoring(), 60)
      await stands(cast(), 'unknown', 'has had no data since')
    },
    'the exporter is back': async () => await monitoring().report(0.02),
    'a metric gate has failed': async () => {
      await monitoring().report(0.061)
      await gated(cast(), monitoring(), 1)
      await stands(cast(), 'failed', 'is 0.061')
    },
    'the error rate has come down': async () => await monitoring().report(0.01),
  }
}

async function gated(cast: Cast, { prometheus }: Monitoring, intervalSeconds: number): Promise<void> {
  const gate = {
    kind: 'metric',
    name: 'error-rate',
    intervalSeconds,
    metric: {
      provider: { address: prometheus.url },
      query: 'max(error_rate{node=~"{{nodes}}"})',
      condition: { lt: 0.05 },
    },
  }
  // Without the robot whose agent is ill: it is the gate alone that holds the stage.
  const well = [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['robot-3'] }]
  const fleet = { selector: { matchLabels: { fleet: 'robots' }, matchExpressions: well } }
  await publish(cast, { fleet }, { gates: [gate] })
}

async function stands(cast: Cast, state: string, detail: string): Promise<void> {
  const waiting = async () => {
    const stage = await heldStage(cast)
    const gate = stage?.gates?.[0]
    return stage?.counts?.activated === 1 && gate?.state === state && gate.detail?.startsWith(detail)
  }
  await until(waiting, { what: `stage-03 is held up by its gate: ${detail}`, ...SOON })
  await letPass(cast, 10)
}
