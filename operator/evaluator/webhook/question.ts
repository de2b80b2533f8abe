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
  /** Nodes of the stage that were told, in the order in which they are; the first thousand. */
  readonly nodes: readonly string[]
  readonly nodeCount: number
}

/** @param at when the evaluation was begun, epoch milliseconds */
export function questionOf({ plan, ask }: Subject, at: number): Question {
  return {
    evaluation: `${plan.uid}/${ask.stage}/${ask.name}/${Math.floor(at)}`,
    namespace: plan.namespace,
    plan: plan.name,
    stage: ask.stage,
    gate: ask.name,
    release: plan.release,
    artifactRef: plan.artifact,
    openedAt: timestamp(ask.openedAt),
    settledAt: ask.settledAt === undefined ? null : timestamp(ask.settledAt),
    nodes: ask.nodes.slice(0, MOST_NODES),
    nodeCount: ask.nodes.length,
  }
}
