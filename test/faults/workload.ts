import { API_VERSION } from '../../operator/api/names.ts'
import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import { type Member, type World, membersOf } from './world.ts'

/** What a person does, once the rollout has come so far. Steps are taken in their order. */
export type Step = {
  readonly when: (world: World) => boolean
  readonly recovery: { readonly strategy: Strategy; readonly stageId?: string; readonly operator: string }
}

/** What an agent writes into its node's report; undefined: nothing, for ever. */
export type Report = string | undefined

/** One course of events from a plan's creation to its end, outside of the operator. */
export type Workload = {
  readonly name: string
  /** Labels of the nodes, one entry a node, besides those that all nodes of a run carry. */
  readonly nodes: readonly { readonly [label: string]: string }[]
  readonly stages: readonly StageDraft[]
  /**
   * What the agents of a stage answer, in this order, once its batch is full: every node that may be moving is.
   * So an operator that moves one too many has every opportunity to show it.
   */
  readonly answers: (stage: string, moving: readonly Member[]) => readonly (readonly [Member, Report])[]
  readonly steps: readonly Step[]
}

export type StageDraft = {
  readonly id: string
  readonly nodes: object
  readonly batchSize: number
  readonly gates?: readonly object[]
}

export const RELEASE = '2'

/** The label that brings nodes under the plan of one run. */
export const RUN_LABEL = 'faults.test/run'

export const activationLabel = (run: string): string => `fleet.autonomyops.dev/${run}`

export function planOf({ stages }: Workload, run: string): object {
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutPlan',
    metadata: { name: 'plan', namespace: run },
    spec: {
      artifactRef: 'oci.example/agent@sha256:2',
      release: RELEASE,
      fleet: { selector: { matchLabels: { [RUN_LABEL]: run } } },
      activation: { label: activationLabel(run), confirm: { kind: 'annotation' } },
      stages,
    },
  }
}

export function recoveryOf({ recovery }: Step, position: number, run: string): object {
  return {
    apiVersion: API_VERSION,
    kind: 'RolloutRecovery',
    metadata: { name: `${position}-${recovery.strategy}`, namespace: run },
    spec: { planName: 'plan', reason: 'as the workload says', ...recovery },
  }
}

/** A simulated machine: no kubelet, Ready for good, and running the release before. */
export function nodeOf({ nodes }: Workload, position: number, run: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `${run}-${position}`,
      labels: { [RUN_LABEL]: run, [activationLabel(run)]: '1', ...nodes[position] },
    },
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Simulated' }] },
  }
}

/** The reports that agents are to write now: of the stages whose batch is full. */
export function reportsDue(workload: Workload, world: World): readonly (readonly [Member, string])[] {
  return workload.stages.flatMap(({ id, batchSize }) => {
    const members = membersOf(world, id)
    const moving = members.filter(member => member.state === 'moving')
    const unsettled = members.filter(member => member.state !== 'moved')
    if (moving.length === 0 || moving.length < Math.min(batchSize, unsettled.length)) return []
    return workload
      .answers(id, moving)
      .flatMap(([member, report]) => (report === undefined ? [] : [[member, report] as const]))
  })
}
