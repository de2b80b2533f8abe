import { callbackOf } from '../../rollout/gates/callback.ts'
import { evaluationName } from '../../rollout/gates/evaluation.ts'
import { timestamp } from '../../rollout/time.ts'
import type { Subject } from '../source.ts'

/** Names of nodes in one question; the others are counted. */
export const MOST_NODES = 1_000

/** What is sent, as JSON; docs/gates/webhook.md is its contract. Fields are added to it, never taken away. */
export type Question = {
  /** Of this one evaluation, repetitions after a failure included. */
  readonly evaluation: string
  readonly namespace: string
  readonly plan: string
  readonly stage: string
  readonly gate: string
  readonly release: string
  readonly artifactRef: string
  readonly openedAt: string
  /** null: its nodes have not settled yet. */
  readonly settledAt: string | null
  /** Until when it may be reported on instead of answered; null: it may not. */
  readonly reportBy: string | null
  /** Nodes of the stage that were told, in the order in which they are; the first thousand. */
  readonly nodes: readonly string[]
  readonly nodeCount: number
}

/** @param at when the evaluation was begun, epoch milliseconds */
export function questionOf({ plan, ask }: Subject, at: number): Question {
  const reportBy = reportByOf(ask, at)
  return {
    evaluation: evaluationName({ uid: plan.uid, stage: ask.stage, gate: ask.name, at }),
    namespace: plan.namespace,
    plan: plan.name,
    stage: ask.stage,
    gate: ask.name,
    release: plan.release,
    artifactRef: plan.artifact,
    openedAt: timestamp(ask.openedAt),
    settledAt: ask.settledAt === undefined ? null : timestamp(ask.settledAt),
    reportBy: reportBy === undefined ? null : timestamp(reportBy),
    nodes: ask.nodes.slice(0, MOST_NODES),
    nodeCount: ask.nodes.length,
  }
}

/** Until when a question asked then may be reported on; epoch milliseconds. Undefined: it has to be answered. */
export function reportByOf({ gate }: Subject['ask'], at: number): number | undefined {
  const deadline = callbackOf(gate)
  return deadline === undefined ? undefined : at + deadline
}
