import { API_VERSION } from '../../../operator/api/names.ts'
import type {
  ConfirmSpec,
  GateSpec,
  JobSpec,
  MetricSpec,
  PlanSpec,
  StageSpec,
  WebhookSpec,
} from '../../../operator/api/rollout-plan.ts'
import type { RecoverySpec, Strategy } from '../../../operator/api/rollout-recovery.ts'

/** The release that plans bring unless they say otherwise. */
export const RELEASE = 'v2'

export type StageParts = Partial<Omit<StageSpec, 'gates'>> & {
  readonly id: string
  readonly gates?: readonly GateParts[]
}

/** What the API server fills in may be left out. */
export type GateParts = Omit<GateSpec, 'metric' | 'webhook' | 'job'> & {
  readonly job?: Partial<JobSpec>
  readonly metric?: Omit<MetricSpec, 'provider'> & { readonly provider: Partial<MetricSpec['provider']> }
  readonly webhook?: Partial<WebhookSpec> & Pick<WebhookSpec, 'signingSecret'>
}

export type PlanParts = {
  readonly name?: string
  readonly release?: string
  readonly artifactRef?: string
  readonly label?: string
  /** Default: one stage `s1` that takes every node of the fleet. */
  readonly stages?: readonly StageParts[]
  /** Default: the node's agent reports by annotation, so that a test says when a node confirms. */
  readonly confirm?: Partial<ConfirmSpec> & Pick<ConfirmSpec, 'kind'>
  /** Default 60. */
  readonly timeoutSeconds?: number
  readonly stuckAfterSeconds?: number
  /** Labels of the fleet; default: those of the scene's nodes. */
  readonly fleet?: PlanSpec['fleet']
}

export function planManifest(namespace: string, parts: PlanParts & { readonly label: string }) {
  const {
    name = 'plan',
    release = RELEASE,
    artifactRef = `oci.example/agent:${release}`,
    label,
    stages = [{ id: 's1' }],
    fleet = {},
  } = parts
  const { confirm = { kind: 'annotation' }, timeoutSeconds = 60, stuckAfterSeconds } = parts
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutPlan',
    metadata: { name, namespace },
    spec: {
      artifactRef,
      release,
      fleet,
      activation: { label, confirm, timeoutSeconds },
      ...(stuckAfterSeconds === undefined ? {} : { stuckAfterSeconds }),
      stages: stages.map(stage => ({ nodes: {}, ...stage })),
    },
  }
}

export type RecoveryParts = Partial<Omit<RecoverySpec, 'strategy'>> & { readonly name?: string }

export function recoveryManifest(
  namespace: string,
  strategy: Strategy,
  parts: RecoveryParts & { readonly name: string },
) {
  const { name, ...spec } = parts
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutRecovery',
    metadata: { name, namespace },
    spec: { planName: 'plan', reason: `a reason to ${strategy}`, operator: 'alice', ...spec, strategy },
  }
}
