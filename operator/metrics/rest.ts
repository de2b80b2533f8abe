import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { RestMetrics } from '../rest/pipeline.ts'
import { SECONDS } from '../runtime/metrics.ts'

/** Methods there are; a request may say anything. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'])

/** What the REST surface counts, under the documented names, and how long its certificates are valid. */
export function restMetrics(registry: Registry): RestMetrics {
  const registers = [registry]
  const total = new Counter({
    name: 'cp_http_requests_total',
    help: 'Requests to the REST surface by route and status code.',
    labelNames: ['method', 'route', 'code'],
    registers,
  })
  const duration = new Histogram({
    name: 'cp_http_request_duration_seconds',
    help: 'Time from the headers of a request to its answer.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers,
  })
  return {
    answered: (asked, route, code, took) => {
      const method = METHODS.has(asked) ? asked : 'other'
      total.inc({ method, route, code: String(code) })
      duration.observe({ method, route }, took)
    },
    certificates: ends =>
      void new Gauge({
        name: 'autonomy_rollouts_certificate_expiration_timestamp_seconds',
        help: 'When the serving certificate ends, and the authority that signed it if it is of our own making.',
        labelNames: ['certificate'],
        registers,
        collect() {
          this.reset()
          for (const [certificate, end] of ends()) this.set({ certificate }, end / 1000)
        },
      }),
  }
}
