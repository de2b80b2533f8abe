import { FLEET } from '../../ground.ts'

/** A request that somebody may send, and all that must come of it. */
export type Case = {
  readonly title: string
  readonly method: string
  /** After the prefix, query included. */
  readonly path: string
  readonly headers?: { readonly [name: string]: string | readonly string[] }
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer
  readonly status: number
  /** Undefined: it is served. */
  readonly error?: string
  /** The place and the remedy, in the message. */
  readonly says?: RegExp
  /** kube-apiserver reads it otherwise, or refuses it by itself. */
  readonly directOnly?: true
}

/** A plan that stands still, with a manual gate; nothing in the corpus may change it. */
export const PLAN = 'corpus'
export const STAGE = 's1'
export const GATE = 'manual'

export const PLAN_PATH = `/rollouts/${PLAN}`
export const DRY = '?dryRun=All'
export const RECOVER = `${PLAN_PATH}/recover${DRY}`
export const HALT = `${PLAN_PATH}/halt${DRY}`
export const CREATE = `/rollouts${DRY}`
export const APPROVE = `${PLAN_PATH}/stages/${STAGE}/gates/${GATE}/approve${DRY}`
export const REPORT = `${PLAN_PATH}/gate-report${DRY}`
export const IN_FLEET = `/namespaces/${FLEET}`

export const REASON = { reason: 'for the corpus' }
export const GOOD = { strategy: 'retry', ...REASON }
