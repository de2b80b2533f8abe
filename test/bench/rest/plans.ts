import { API_VERSION } from '../../../operator/api/names.ts'
import { FLEET } from '../../rest/ground.ts'

/** Plans of the benchmark select nodes of their own, of which there are none: many run side by side and wait. */

const STAGES = ['s1', 's2', 's3']

/** What POST /rollouts takes. */
export function request(name: string): object {
  return {
    plan_id: name,
    artifact_ref: `oci.example/robot-agent@sha256:${'0'.repeat(64)}`,
    fleet: { selector: { match_labels: { bench: name } } },
    stages: STAGES.map(id => ({ id, nodes: {}, batch_size: '10%', gates: [{ kind: 'manual' }] })),
  }
}

/** The same as an object of the API server. */
export function object(name: string): object {
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutPlan',
    metadata: { name, namespace: FLEET },
    spec: {
      artifactRef: `oci.example/robot-agent@sha256:${'0'.repeat(64)}`,
      fleet: { selector: { matchLabels: { bench: name } } },
      stages: STAGES.map(id => ({ id, nodes: {}, batchSize: '10%', gates: [{ kind: 'manual' }] })),
    },
  }
}

/** The recovery of a plan, as `kubectl apply` would create it. */
export function recovery(plan: string, index: number): object {
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutRecovery',
    metadata: { name: `${plan}-bare-${index}`, namespace: FLEET },
    spec: { planName: plan, strategy: 'retry', reason: `measurement ${index}` },
  }
}

export const PLANS = `/apis/${API_VERSION}/namespaces/${FLEET}/rolloutplans`
export const RECOVERIES = `/apis/${API_VERSION}/namespaces/${FLEET}/rolloutrecoveries`
