import type { ErrorBody } from '../../operator/rest/schema/bodies.ts'

/** Everything that keeps a request from its answer. `request` is its method and path, without the query. */
export type Trouble =
  | Refused
  | Denied
  | {
      /** No connection, or one that broke before the answer was complete; a write may have taken effect. */
      readonly kind: 'unreachable'
      readonly request: string
      readonly address: string
      readonly code: 'connection_refused' | 'dns' | 'reset' | 'proxy' | 'network'
    }
  | {
      /** The two ends do not agree on TLS. `code` is OpenSSL's word as Node has it: CERT_HAS_EXPIRED. */
      readonly kind: 'tls'
      readonly request: string
      readonly address: string
      readonly code: string
    }
  | {
      /** No answer in time; a write may have taken effect. */
      readonly kind: 'timeout'
      readonly request: string
      readonly address: string
      readonly afterMs: number
    }
  | {
      /** No kubeconfig, no such context, or nothing in it that could be sent: nothing was. */
      readonly kind: 'credentials'
      readonly request: string
      readonly code: string
    }
  | {
      /** Somebody answered, but not in the words of this API. */
      readonly kind: 'not_orchestrator'
      readonly request: string
      readonly address: string
      readonly status: number
      /** Beginning of what came, on one line. */
      readonly excerpt: string
    }
  | {
      /** kube-apiserver answered in the operator's place: nothing serves the API behind it, or not in time. */
      readonly kind: 'no_backend'
      readonly request: string
      readonly address: string
      readonly status: number
      readonly excerpt: string
    }

/** The orchestrator understood, and said no. */
export type Refused = {
  readonly kind: 'refused'
  readonly request: string
  readonly status: number
  /** Stable, snake_case: `plan_already_terminal`. */
  readonly error: string
  readonly reason: string
  readonly details?: ErrorBody['details']
  /** The RolloutRecovery that carries the request, where one was made. */
  readonly recovery?: string
  /** Release of the server, where it says so. */
  readonly server?: string
}

/** 401: it is not known who asks. 403: it is known, and may not. Of the orchestrator, or of kube-apiserver before it. */
export type Denied = {
  readonly kind: 'denied'
  readonly request: string
  readonly status: 401 | 403
  readonly error: string
  /** Whose right is missing, in the orchestrator's group: `rollouts/rollback`. */
  readonly resource?: string
  readonly address: string
}

/** A request that got no answer. `message` is the server's own sentence where there is one. */
export class OrchestratorError extends Error {
  override readonly name = 'OrchestratorError'
  readonly trouble: Trouble

  constructor(trouble: Trouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.trouble = trouble
  }

  /** Stable, snake_case: the server's where it answered, else the kind of trouble. */
  get code(): string {
    const { trouble } = this
    return trouble.kind === 'refused' || trouble.kind === 'denied' ? trouble.error : trouble.kind
  }
}

export function isOrchestratorError(error: unknown): error is OrchestratorError {
  return error instanceof OrchestratorError
}
