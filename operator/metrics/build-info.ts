import { Gauge, type Registry } from 'prom-client'
import { RELEASE } from '../release.ts'

/** Which release runs on which Node: what to look at first when replicas disagree. */
export function buildInfo(registry: Registry): void {
  new Gauge({
    name: 'autonomy_rollouts_build_info',
    help: 'Always 1; the release of this operator, and of the Node that it runs on.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: RELEASE, node: process.version }, 1)
}
