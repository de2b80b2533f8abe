import type { Strategy } from '../../operator/api/rollout-recovery.ts'
import type {
  ApproveBody,
  CreateRequest,
  GatesBody,
  HealthBody,
  HistoryBody,
  NodesBody,
  RecoverBody,
  RecoverRequest,
  ReportRequest,
  RolloutBody,
  RolloutListBody,
  StuckBody,
} from '../../operator/rest/schema/bodies.ts'
import type { Entities } from './entities.ts'

/** A request ends when its signal aborts, with the signal's reason, or after the connection's time limit. */
export type Asking = { readonly signal: AbortSignal }

export type Reading = Asking & {
  /** What was read before; an answer that has not changed is not sent again, and is the very same object. */
  readonly entities?: Entities
}

export type Acting = Asking & {
  /** Says what would happen, and does nothing. */
  readonly dryRun?: boolean
}

export type Page = { readonly limit?: number; readonly continue?: string }
export type PlanSelection = Page & { readonly phase?: RolloutBody['phase'] }
export type NodeSelection = Page & {
  readonly stage?: string
  readonly state?: NodesBody['nodes'][number]['state']
}

/** Actions that need nothing but a reason, and optionally name the stage that is meant. */
export type Action = Extract<Strategy, 'halt' | 'pause' | 'resume'>
export type Reason = { readonly reason: string; readonly stage_id?: string }

/**
 * The `/v1/rollouts` surface of one namespace, in its own words.
 *
 * Every function rejects with an `OrchestratorError`, or with the reason of its signal.
 */
export type Orchestrator = {
  list(selection: PlanSelection, how: Reading): Promise<RolloutListBody>
  get(plan: string, how: Reading): Promise<RolloutBody>
  stuck(thresholdSeconds: number | undefined, how: Reading): Promise<StuckBody>
  gates(plan: string, stage: string, how: Reading): Promise<GatesBody>
  /** Members of the stages opened so far. One page; `metadata.continue` asks for the next. */
  nodes(plan: string, selection: NodeSelection, how: Reading): Promise<NodesBody>
  history(plan: string, how: Reading): Promise<HistoryBody>

  create(plan: CreateRequest, how: Acting): Promise<RolloutBody>
  cancel(plan: string, why: { readonly reason?: string }, how: Acting): Promise<RolloutBody>
  recover(plan: string, request: RecoverRequest, how: Acting): Promise<RecoverBody>
  act(action: Action, plan: string, request: Reason, how: Acting): Promise<RecoverBody>
  approve(
    plan: string,
    stage: string,
    gate: string,
    why: { readonly reason: string },
    how: Acting,
  ): Promise<ApproveBody>

  report(plan: string, report: ReportRequest, how: Acting): Promise<RecoverBody>

  /** Of the replica that answers: not ready is an answer too. */
  health(how: Asking): Promise<HealthBody>
  /** Release of the server; undefined when it is too old to say. Needs no right beyond being known. */
  version(how: Asking): Promise<string | undefined>
}
