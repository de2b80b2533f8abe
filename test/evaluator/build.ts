import type { MetricSpec, WebhookSpec } from '../../operator/api/rollout-plan.ts'
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

/** A webhook to be asked; address and secret unless a test says something else. */
export function webhookSubject(webhook: Partial<WebhookSpec>, more: Partial<Subject['ask']> = {}): Subject {
  return {
    plan: { namespace: 'fleet', name: 'agent', uid: 'uid', release: '1.4.2', artifact: 'oci.example/agent:1.4.2' },
    ask: {
      stage: 'canary',
      name: 'smoke',
      gate: {
        kind: 'webhook',
        name: 'smoke',
        intervalSeconds: 10,
        webhook: { signingSecret: 's', timeoutSeconds: 1, ...webhook },
      },
      nodes: ['n1', 'n2'],
      openedAt: Date.UTC(2026, 2, 18, 8),
      after: 0,
      due: 0,
      ...more,
    },
  }
}
