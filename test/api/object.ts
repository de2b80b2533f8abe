import { API_VERSION } from '../../operator/api/names.ts'
import { NAMESPACE } from './server.ts'
import type { Wire } from './server.ts'

type Fields = { readonly [field: string]: unknown }

/** The smallest plan a person can write, with more in its spec. */
export function plan(name: string, spec: Fields = {}) {
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutPlan',
    metadata: { name, namespace: NAMESPACE },
    spec: { artifactRef: 'oci.example/robot-agent:2', stages: [stage('canary')], ...spec },
  } as const satisfies Wire
}

export function stage(id: string, fields: Fields = {}) {
  return { id, nodes: {}, ...fields } as const
}

/** A plan with these gates in its one stage. */
export function planWithGates(...gates: readonly Fields[]) {
  return plan('gated', { stages: [stage('canary', { gates })] })
}

export function planWithConfirm(confirm: Fields) {
  return plan('confirmed', { activation: { confirm } })
}

/** A recovery as short as it can be, with more in its spec. */
export function recovery(name: string, spec: Fields = {}) {
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutRecovery',
    metadata: { name, namespace: NAMESPACE },
    spec: { planName: 'agent-2', strategy: 'retry', reason: 'the registry is back', ...spec },
  } as const satisfies Wire
}

/** What a recovery of strategy gate-report has besides. */
export const REPORT = {
  stageId: 'canary',
  gate: 'load',
  report: { evaluation: 'a-uid/canary/load/1773821400000', state: 'passed' },
} as const
