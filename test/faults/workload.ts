import { API_VERSION } from '../../operator/api/names.ts'
import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import type { ProviderState } from './provider.ts'
import { type Member, type World, membersOf } from './world.ts'

/** One course of events from a plan's creation to its end, outside of the operator. */
export type Workload = {
  readonly name: string
  /** Labels of the nodes, one entry a node, besides those that all nodes of a run carry. */
  readonly nodes: readonly { readonly [label: string]: string }[]
  /** Positions in `nodes` of those that are not Ready at first. */
  readonly away?: readonly number[]
  /** Of the plan called `plan`, which is there from the beginning. */
  readonly stages: readonly StageDraft[]
  /** Plans that steps create. */
  readonly later?: readonly PlanDraft[]
  /** What the provider of gates answers at first; default: it fails. */
  readonly provider?: ProviderState
  /** Seconds after which a node that has not confirmed counts as failed; default: longer than any run. */
  readonly timeoutSeconds?: number
  /**
   * What the agents of a stage answer, in this order, once its batch is full: every node that may be moving is.
   * So an operator that moves one too many has every opportunity to show it.
   */
  readonly answers: (stage: string, moving: readonly Member[], world: World) => readonly (readonly [Member, Answer])[]
  /** Taken in their order. */
  readonly steps: readonly Step[]
}

/** What an agent reports; undefined: nothing, for now. */
export type Answer = 'moved' | 'failed' | undefined

/** What a person does, or befalls the fleet, once things have come so far. */
export type Step = { readonly when: (world: World, of: (plan: string) => World) => boolean } & Act

export type Act =
  | { readonly recovery: RecoveryDraft }
  /** Creates the plan of that name from `later`. */
  | { readonly plan: string }
  /** What the provider of gates answers from now on. */
  | { readonly provider: ProviderState }
  | { readonly node: NodeAct }

export type NodeAct =
  | { readonly kind: 'delete'; readonly stage: string; readonly position: number }
  /** Deletes it and creates another machine under its name. */
  | { readonly kind: 'replace'; readonly stage: string; readonly position: number }
  | { readonly kind: 'add'; readonly labels: { readonly [label: string]: string } }
  /** Position in the workload's `nodes`. */
  | { readonly kind: 'ready'; readonly position: number }

export type RecoveryDraft = {
  readonly strategy: Strategy
  readonly stageId?: string
  readonly gate?: string
  readonly operator: string
  /** Default: `plan`. */
  readonly plan?: string
  /** Default: of its own. One that is there under this name is deleted before, as `kubectl replace --force` does. */
  readonly name?: string
}

export type PlanDraft = { readonly name: string; readonly release: string; readonly stages: readonly StageDraft[] }

export type StageDraft = {
  readonly id: string
  readonly nodes: object
  readonly batchSize: number
  readonly maxUnreachable?: number
  /** @param provider  address of the run's own provider */
  readonly gates?: readonly object[] | ((provider: string) => readonly object[])
}

export const RELEASE = '2'

/** The label that brings nodes under the plans of one run. */
export const RUN_LABEL = 'faults.test/run'

export const activationLabel = (run: string): string => `fleet.autonomyops.dev/${run}`

export function draftsOf({ stages, later = [] }: Workload): readonly PlanDraft[] {
  return [{ name: 'plan', release: RELEASE, stages }, ...later]
}

/** @param provider  where gates find what they ask */
export function planOf({ timeoutSeconds }: Workload, draft: PlanDraft, run: string, provider: string): object {
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutPlan',
    metadata: { name: draft.name, namespace: run },
    spec: {
      artifactRef: `oci.example/agent@sha256:${draft.release}`,
      release: draft.release,
      fleet: { selector: { matchLabels: { [RUN_LABEL]: run } } },
      activation: {
        label: activationLabel(run),
        confirm: { kind: 'annotation' },
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      },
      stages: draft.stages.map(({ gates = [], ...stage }) => ({
        ...stage,
        gates: typeof gates === 'function' ? gates(provider) : gates,
      })),
    },
  }
}

export function recoveryOf(draft: RecoveryDraft, position: number, run: string): object {
  const { plan = 'plan', name = `${position}-${draft.strategy.replace('_', '-')}`, ...spec } = draft
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutRecovery',
    metadata: { name, namespace: run },
    spec: { planName: plan, reason: 'as the workload says', ...spec },
  }
}

/** A simulated machine: no kubelet, and running the release before. */
export function nodeOf(labels: { readonly [label: string]: string }, position: number, run: string, ready: boolean) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `${run}-${position}`, labels: { [RUN_LABEL]: run, [activationLabel(run)]: '1', ...labels } },
    status: { conditions: [readyCondition(ready)] },
  }
}

export function readyCondition(ready: boolean) {
  return { type: 'Ready', status: ready ? 'True' : 'False', reason: 'Simulated' }
}

/** What agents are to report now: those of stages whose batch is full. */
export function reportsDue(
  workload: Workload,
  { stages, release }: PlanDraft,
  world: World,
): readonly (readonly [Member, string])[] {
  return stages.flatMap(({ id, batchSize }) => {
    const members = membersOf(world, id)
    const moving = members.filter(member => member.state === 'moving')
    const open = members.filter(member => member.state === 'moving' || member.state === 'idle')
    if (moving.length === 0 || moving.length < Math.min(batchSize, open.length)) return []
    return workload
      .answers(id, moving, world)
      .flatMap(([member, answer]) =>
        answer === undefined
          ? []
          : [
              [
                member,
                answer === 'moved' ? release : `failed:${release} disk full, attempt ${member.attempt}`,
              ] as const,
            ],
      )
  })
}
