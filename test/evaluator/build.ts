import type { MetricSpec } from '../../operator/api/rollout-plan.ts'
import type { Subject } from '../../operator/evaluator/source.ts'

/** What is looked at unless a test says something else. */
export function subject(
  metric: Omit<Partial<MetricSpec>, 'provider'> & { provider: Partial<MetricSpec['provider']> },
): Subject {
  const spec = {
    query: 'errors',
    condition: { lt: 0.05 },
    ...metric,
    provider: { timeoutSeconds: 1, ...metric.provider },
  }
  return {
    plan: { namespace: 'fleet', name: 'agent', uid: 'uid', release: '1.4.2', artifact: 'oci.example/agent:1.4.2' },
    ask: {
      stage: 'canary',
      name: 'errors',
      gate: { kind: 'metric', name: 'errors', intervalSeconds: 10, metric: spec },
      nodes: ['n1.example', 'n2'],
      openedAt: 0,
      after: 0,
      due: 0,
    },
  }
}
