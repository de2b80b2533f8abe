import { type FailureParts, statusOf } from '../failure.ts'
import { headersOf } from './headers.ts'

/** One example of every error status, in the shape in which the server sends it. */

const about = { kind: 'rollouts', name: 'plan-abc123' } as const

const FAILURES = [
  {
    what: 'The path, a parameter, a header or the JSON of the body cannot be read.',
    code: 400,
    reason: 'BadRequest',
    error: 'bad_parameter',
    message: 'the parameter threshold_seconds must be a whole number from 0 to 315360000, not "an hour"',
    causes: [
      {
        field: '?threshold_seconds',
        message: 'must be a whole number from 0 to 315360000, not "an hour"',
      },
    ],
  },
  {
    what: 'It is not known who asks.',
    code: 401,
    reason: 'Unauthorized',
    error: 'unauthorized',
    message:
      'the Authorization header must be "Bearer TOKEN"; kubectl create token ACCOUNT --audience orchestrator.autonomyops.dev makes one, and kubectl proxy needs none',
  },
  {
    what: 'The caller may not do this.',
    code: 403,
    reason: 'Forbidden',
    error: 'forbidden',
    message:
      'rollouts.orchestrator.autonomyops.dev "plan-abc123" is forbidden: User "alice" cannot create resource "rollouts/rollback" in API group "orchestrator.autonomyops.dev" at the cluster scope; ask for a role with verb create on rollouts/rollback',
  },
  {
    what: 'There is no such namespace, plan, stage, gate or path.',
    code: 404,
    reason: 'NotFound',
    error: 'plan_not_found',
    message: 'there is no plan plan-abc123 in namespace fleet; GET /v1/rollouts lists them',
    about,
  },
  {
    what: 'The path does not serve this method; the header Allow names those that it does.',
    code: 405,
    reason: 'MethodNotAllowed',
    error: 'method_not_allowed',
    message: 'PUT is not served here, only GET, HEAD, DELETE',
  },
  {
    what: 'The Accept header leaves JSON out.',
    code: 406,
    reason: 'NotAcceptable',
    error: 'not_acceptable',
    message: 'answers are application/json; accept it, or leave the Accept header out',
    causes: [{ field: 'Accept', message: 'must allow application/json' }],
  },
  {
    what: 'The body came too slowly.',
    code: 408,
    reason: 'Timeout',
    error: 'request_too_slow',
    message: 'the body had not come within 20 s; send it again, at once',
  },
  {
    what: 'The state of the plan does not allow it, or there is a plan of this name; `error` says which.',
    code: 409,
    reason: 'Conflict',
    error: 'plan_already_terminal',
    message: 'plan plan-abc123 is rolled_back; nothing is left to do',
    about,
    recovery: 'plan-abc123-retry-0a4b7d91ee',
  },
  {
    what: 'The body is too large.',
    code: 413,
    reason: 'RequestEntityTooLarge',
    error: 'body_too_large',
    message: 'the body is larger than 64 KiB; a plan with every field at its longest is about half of that',
  },
  {
    what: 'The URL is too long.',
    code: 414,
    reason: 'BadRequest',
    error: 'url_too_long',
    message: "the request's path and query are longer than 8192 characters",
  },
  {
    what: 'The body is not announced as JSON, or is compressed.',
    code: 415,
    reason: 'UnsupportedMediaType',
    error: 'unsupported_media_type',
    message: 'the body must be JSON in UTF-8: send the header "Content-Type: application/json", not "text/plain"',
    causes: [{ field: 'Content-Type', message: 'must be application/json' }],
  },
  {
    what: 'The body is JSON, and not what is asked for; `details.causes` names each place.',
    code: 422,
    reason: 'Invalid',
    error: 'invalid_request',
    message: 'stages[0].max_failure is not known; did you mean max_failures?',
    causes: [{ field: 'stages[0].max_failure', message: 'is not known; did you mean max_failures?' }],
  },
  {
    what: 'Too much is asked at once.',
    code: 429,
    reason: 'TooManyRequests',
    error: 'too_many_requests',
    message: 'more than 500 requests are being served; come back in a second',
    retryAfterSeconds: 1,
  },
  {
    what: 'Something is wrong with the operator itself.',
    code: 500,
    reason: 'InternalError',
    error: 'internal_error',
    message: "something went wrong here; the operator's log has it under audit id 2c7c3d0e-6f0b-4d6c-8f0e-5a2f1f0d9b77",
  },
  {
    what: 'It cannot be served now. Repeating the request is safe.',
    code: 503,
    reason: 'ServiceUnavailable',
    error: 'api_server_unavailable',
    message:
      'creating the RolloutRecovery needs the API server, and it gave no answer (timeout); try again, a repeated request takes effect once',
    retryAfterSeconds: 1,
  },
  {
    what: 'No verdict came in time. The RolloutRecovery that `recovery` names is kept, and takes effect once.',
    code: 504,
    reason: 'Timeout',
    error: 'no_verdict',
    message:
      'no operator process has judged RolloutRecovery plan-abc123-retry-0a4b7d91ee within 25 s; it is kept and takes effect once: kubectl get rrec plan-abc123-retry-0a4b7d91ee -n fleet shows it, and repeating this request waits for it again',
    about: { kind: 'rolloutrecoveries', name: 'plan-abc123-retry-0a4b7d91ee' },
    recovery: 'plan-abc123-retry-0a4b7d91ee',
    retryAfterSeconds: 2,
  },
] as const satisfies readonly (FailureParts & { readonly what: string })[]

export type FailureStatus = (typeof FAILURES)[number]['code']

/** An answer of each status, as the server sends it. */
export function failureExamples(): readonly ReturnType<typeof statusOf>[] {
  return FAILURES.map(statusOf)
}

/** When each status is answered, in a sentence. */
export function failureMeanings(): ReadonlyMap<number, string> {
  return new Map(FAILURES.map(({ code, what }) => [code, what]))
}

/** The name of a status among the responses of the description. */
export function responseName(status: FailureStatus): string {
  return `Error${status}`
}

/** Every error response, by its name. */
export function failureResponses(): { readonly [name: string]: object } {
  return Object.fromEntries(FAILURES.map(failure => [responseName(failure.code), responseOf(failure)]))
}

function responseOf(failure: FailureParts & { readonly what: string }): object {
  return {
    description: failure.what,
    headers: headersOf([
      'Audit-Id',
      ...(failure.code === 405 ? (['Allow'] as const) : []),
      ...(failure.retryAfterSeconds === undefined ? [] : (['Retry-After'] as const)),
    ]),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' }, example: statusOf(failure) } },
  }
}
