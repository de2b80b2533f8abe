/** The reasons of metav1.Status that are used here: k8s.io/apimachinery/pkg/apis/meta/v1/types.go. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'Timeout'

/** One thing wrong with a request: where (a path of the body, `?parameter`, or a header), and what. */
export type Cause = { readonly field: string; readonly message: string }

export type FailureParts = {
  readonly code:
    400 | 401 | 403 | 404 | 405 | 406 | 408 | 409 | 410 | 413 | 414 | 415 | 422 | 429 | 431 | 499 | 500 | 503 | 504
  readonly reason: StatusReason
  /** Stable, snake_case: what scripts compare. For a refused recovery the code of design.md's table. */
  readonly error: string
  /** One sentence for a person, with the remedy. */
  readonly message: string
  readonly causes?: readonly Cause[]
  /** What the request was about. */
  readonly about?: { readonly kind: string; readonly name: string; readonly group?: string }
  readonly headers?: { readonly [name: string]: string }
  readonly retryAfterSeconds?: number
  /** The RolloutRecovery that carries the request, where one was made. */
  readonly recovery?: string
  /** A recovery was made and judged, so that the leader has written the audit line. */
  readonly verdict?: true
  readonly cause?: unknown
}

/** A request that is answered with an error. Whoever throws it has decided on the whole answer. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly parts: FailureParts

  constructor(parts: FailureParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.parts = parts
  }
}

/** The answer's body: a metav1.Status that also carries `error`, so that kubectl and a runbook's jq both read it. */
export function statusOf({ code, reason, error, message, causes, about, recovery, retryAfterSeconds }: FailureParts) {
  const details = {
    ...(about === undefined
      ? {}
      : { name: about.name, group: about.group ?? 'orchestrator.autonomyops.dev', kind: about.kind }),
    ...(causes === undefined ? {} : { causes: causes.map(cause => ({ reason: 'FieldValueInvalid', ...cause })) }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(Object.keys(details).length === 0 ? {} : { details }),
    code,
    error,
    ...(recovery === undefined ? {} : { recovery }),
  } as const
}
