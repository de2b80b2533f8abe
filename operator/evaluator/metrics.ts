import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Verdict } from '../api/gate-state.ts'

/** What is counted of looks outside. Labels are kinds, verdicts and lanes: their number is bounded by the code. */
export type EvaluatorMetrics = {
  /** A look was made, and took so long. */
  looked(kind: string, verdict: Verdict, seconds: number): void
  /** A look began so long after it was due. */
  late(seconds: number): void
  /** Answers how many looks are in flight, whenever metrics are read. */
  register(inFlight: () => { readonly prompt: number; readonly slow: number }): void
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createEvaluatorMetrics(registry: Registry): EvaluatorMetrics {
  const registers = [registry]
  const looks = new Counter({
    name: 'autonomy_rollouts_gate_readings_total',
    help: 'Looks outside for gates by what they showed; unknown: nothing was learned.',
    labelNames: ['kind', 'verdict'],
    registers,
  })
  const duration = new Histogram({
    name: 'autonomy_rollouts_gate_reading_duration_seconds',
    help: 'Length of a look outside.',
    labelNames: ['kind'],
    buckets: seconds,
    registers,
  })
  const lateness = new Histogram({
    name: 'autonomy_rollouts_gate_reading_lateness_seconds',
    help: 'How long after it was due a look outside began.',
    buckets: seconds,
    registers,
  })
  let count = () => ({ prompt: 0, slow: 0 })
  registry.registerMetric(
    new Gauge({
      name: 'autonomy_rollouts_gate_readings_in_flight',
      help: 'Looks outside in flight: at destinations that answer in time, and at others.',
      labelNames: ['lane'],
      registers: [],
      collect() {
        for (const [lane, looks] of Object.entries(count())) this.set({ lane }, looks)
      },
    }),
  )
  return {
    looked: (kind, verdict, took) => {
      looks.inc({ kind, verdict })
      duration.observe({ kind }, took)
    },
    late: took => lateness.observe(took),
    register: inFlight => void (count = inFlight),
  }
}
