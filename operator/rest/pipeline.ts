import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuditLine } from '../api/audit.ts'
import { ORCHESTRATOR_GROUP } from '../api/names.ts'
import { linkAbort } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { sendEntity, sendFailure } from './answer.ts'
import { type Refused, auditOf } from './audit.ts'
import { readBody } from './body.ts'
import { entityOf } from './entity.ts'
import type { Exchange } from './exchange.ts'
import { Failure } from './failure.ts'
import type { Purpose } from './identity/authenticator.ts'
import type { Attributes } from './identity/authorizer.ts'
import type { Caller } from './identity/caller.ts'
import { checkHeaders, headerText } from './header.ts'
import { formOf } from './negotiation.ts'
import { oneOf } from './parameter.ts'
import { parseUrl } from './path.ts'
import { type Route, routeOf } from './route.ts'
import { shares } from './share.ts'
import { inForm } from './table.ts'
import { type Target, targetOf, unknownPath } from './target.ts'

/** Longest time a request may take, in milliseconds: kube-apiserver gives up at 60 s. */
const LONGEST_REQUEST = 58_000

/** So long an answer may take to be read, in milliseconds, before its connection is ended. */
const SLOWEST_READER = 60_000

/** Serves what is not part of the surface: discovery, OpenAPI, health. Answers undefined for what it does not know. */
export type OtherPaths = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  identify: (purpose?: Purpose) => Promise<Caller>,
  signal: AbortSignal,
) => Promise<number | undefined>

export type PipelineParts = {
  readonly routes: readonly Route[]
  readonly others: OtherPaths
  readonly authenticate: (request: IncomingMessage, signal: AbortSignal, purpose?: Purpose) => Promise<Caller>
  readonly authorize: (caller: Caller, attributes: Attributes, signal: AbortSignal) => Promise<void>
  /** Of paths that name no namespace. */
  readonly defaultNamespace: string
  readonly audit: (line: AuditLine) => void
  readonly metrics?: Pick<RestMetrics, 'answered'>
  readonly clock: Clock
  readonly log: Log
  /** Aborts when the server stops for good. */
  readonly stopping: AbortSignal
}

export type RestMetrics = {
  /** @param route the pattern, or a fixed word: never text from a request */
  answered(method: string, route: string, code: number, seconds: number): void
  /** @param ends when each certificate ends, by what it is; read whenever metrics are; epoch milliseconds */
  certificates(ends: () => ReadonlyMap<'serving' | 'authority', number>): void
}

/**
 * Takes one request from its headers to its answer. Never rejects.
 *
 * Who asks is known before anything else is looked at, and what they may do before the body is read.
 */
export function pipeline(parts: PipelineParts): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { authenticate, authorize, clock, log } = parts
  const underWay = shares()

  const serve = async (request: IncomingMessage, response: ServerResponse, seen: Seen, signal: AbortSignal) => {
    checkHeaders(request)
    const { path, segments, query } = parseUrl(request.url ?? '/')
    seen.caller = undefined
    const identify = async (purpose?: Purpose) => (seen.caller ??= await authenticate(request, signal, purpose))
    const served = await parts.others(request, response, path, identify, signal)
    if (served !== undefined) return served
    const caller = await identify()
    if (segments === undefined) throw unknownPath(path.split('/').slice(1))
    seen.release = underWay.take(caller.user)
    const target = (seen.target = targetOf(request.method ?? '', segments, query, parts.defaultNamespace))
    const { route, params } = routeOf(parts.routes, request.method ?? '', target)
    seen.route = route.pattern
    await authorize(caller, attributesOf(target), signal)
    const form = formOf(request.headers.accept)
    const includeObject = oneOf(query, 'includeObject', ['None', 'Metadata', 'Object']) ?? 'Metadata'
    const body = await readBody(request, signal, clock)
    const exchange = exchangeOf(request, { caller, target, params, query, body, auditId: seen.auditId, signal })
    const { code, body: answer, headers } = await route.handle(exchange)
    const ifNoneMatch = request.headers['if-none-match']
    return sendEntity(response, entityOf(inForm(form, answer, includeObject, clock.now())), {
      method: request.method ?? '',
      ifNoneMatch,
      code,
      ...(headers === undefined ? {} : { headers }),
    })
  }

  return async (request, response) => {
    const method = request.method ?? ''
    const started = clock.monotonic()
    const seen: Seen = {
      auditId: auditIdOf(request),
      route: 'other',
      caller: undefined,
      target: undefined,
      release: () => {},
    }
    using life = linkAbort(parts.stopping)
    const left = () => life.abort(callerLeft())
    response.once('close', left)
    const cancel = clock.timer(LONGEST_REQUEST, () => life.abort(timeUp()))
    // kube-apiserver sets its own, which is the same, and would have it twice.
    if (request.headers['x-forwarded-uri'] === undefined) response.setHeader('audit-id', seen.auditId)
    let code = 0
    try {
      code = await serve(request, response, seen, life.signal)
    } catch (error) {
      const failure = failureOf(error, life.signal, log, seen)
      const line = auditOf(refusedOf(request, seen), failure, clock.now())
      if (line !== undefined && !told(failure)) parts.audit(line)
      code = failure.parts.code
      if (response.headersSent || response.closed) response.destroy()
      else sendFailure(response, method, failure)
    } finally {
      cancel()
      response.off('close', left)
      whenRead(response, clock, seen.release)
      parts.metrics?.answered(method, seen.route, code, (clock.monotonic() - started) / 1000)
    }
  }
}

/** What has been found out about a request so far. */
type Seen = {
  readonly auditId: string
  route: string
  caller: Caller | undefined
  target: Target | undefined
  /** Gives back the caller's share of the requests under way. */
  release: () => void
}

/** An answer holds its memory until it has been read; who does not read it loses the connection. */
function whenRead(response: ServerResponse, clock: Clock, done: () => void): void {
  if (response.closed) return done()
  const cancel = clock.timer(SLOWEST_READER, () => response.destroy())
  response.once('close', () => {
    cancel()
    done()
  })
}

function attributesOf({ verb, resource, subresource, namespace, namespaced, ...target }: Target): Attributes {
  const name = target.name ?? target.selected
  return {
    verb,
    group: ORCHESTRATOR_GROUP,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
    ...(namespaced ? { namespace } : {}),
  }
}

function exchangeOf(request: IncomingMessage, parts: Omit<Exchange, 'method' | 'header'>): Exchange {
  return {
    ...parts,
    method: request.method as Exchange['method'],
    header: name => {
      const value = request.headers[name]
      const text = Array.isArray(value) ? value.join(', ') : value
      return text === undefined ? undefined : headerText(name, text.trim())
    },
  }
}

/** kube-apiserver passes its own on; what is no plain token is not repeated. */
function auditIdOf(request: IncomingMessage): string {
  const given = request.headers['audit-id']
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}

function refusedOf(request: IncomingMessage, { auditId, caller, target }: Seen): Refused {
  const claimed = request.headers['x-autonomy-operator']
  return {
    method: request.method ?? '',
    path: (request.url ?? '').split('?', 1)[0] ?? '',
    auditId,
    peer: request.socket.remoteAddress,
    caller,
    target,
    claimedOperator: typeof claimed === 'string' ? claimed.slice(0, 256) : undefined,
  }
}

function failureOf(error: unknown, signal: AbortSignal, log: Log, { auditId, route }: Seen): Failure {
  if (error instanceof Failure) {
    if (error.parts.code >= 500) log.warn('a request could not be served', { error, auditId, route })
    return error
  }
  if (signal.aborted)
    return signal.reason instanceof Failure
      ? signal.reason
      : new Failure({
          code: 503,
          reason: 'ServiceUnavailable',
          error: 'stopping',
          message: 'this replica is stopping; repeat the request, another one serves it and it takes effect once',
          retryAfterSeconds: 1,
          cause: error,
        })
  log.error('a request failed', { error, auditId, route })
  return new Failure({
    code: 500,
    reason: 'InternalError',
    error: 'internal_error',
    message: `something went wrong here; the operator's log has it under audit id ${auditId}`,
    cause: error,
  })
}

/** Verdicts are written down by the leader, whichever door the recovery came through. */
function told({ parts }: Failure): boolean {
  return parts.verdict === true
}

/** Answered to nobody; as nginx has it. What was asked for by then takes effect, and the leader tells what came of it. */
function callerLeft(): Failure {
  return new Failure({ code: 499, reason: 'Timeout', error: 'caller_left', message: 'the caller went away' })
}

function timeUp(): Failure {
  return new Failure({
    code: 504,
    reason: 'Timeout',
    error: 'timed_out',
    message: 'the answer took too long; repeat the request, it takes effect once',
  })
}
