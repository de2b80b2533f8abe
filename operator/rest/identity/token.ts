import { createHash } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import { Failure } from '../failure.ts'
import type { Caller } from './caller.ts'
import type { Review } from './review.ts'
import { singleFlight } from './single-flight.ts'

/** As Kubernetes' own delegating authenticator keeps them; a token that was withdrawn works so much longer. */
const KEEP = 10_000
const MOST = 4_096
const LONGEST_TOKEN = 16_384

export type TokenAuthenticator = (authorization: string) => Promise<Caller>

/**
 * Verifies a bearer token with the API server.
 *
 * The token must be meant for one of `audiences`: one that is good for the API server itself is not taken, so that
 * nobody has to hand us a credential that opens more than this door.
 *
 * @param audiences undefined: those of the API server itself, whatever they are called
 * @throws Failure 401 or 503
 */
export function tokenAuthenticator(
  review: Review,
  audiences: readonly string[] | undefined,
  clock: Clock,
): TokenAuthenticator {
  const answers = singleFlight<Caller | string>(clock, KEEP, MOST)
  return async authorization => {
    const token = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1]
    if (token === undefined || token.length > LONGEST_TOKEN)
      throw unauthorized('the Authorization header must be "Bearer TOKEN"', audiences)
    const key = createHash('sha256').update(token).digest('base64')
    const answer = await answers.get(key, async () => {
      const spec = { token, ...(audiences === undefined ? {} : { audiences }) }
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }
      return readStatus(await review(body), audiences)
    })
    if (typeof answer === 'string') throw unauthorized(answer, audiences)
    return answer
  }
}

/** Asks one after the other, and says what the last one says when none knows the token. */
export function eitherOf(first: TokenAuthenticator, second: TokenAuthenticator): TokenAuthenticator {
  return async authorization => {
    try {
      return await first(authorization)
    } catch (error) {
      if (error instanceof Failure && error.parts.code === 401) return await second(authorization)
      throw error
    }
  }
}

type Status = {
  readonly authenticated?: boolean
  readonly audiences?: readonly string[]
  readonly user?: {
    readonly username?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: { readonly [key: string]: readonly string[] }
  }
}

/** The caller, or why there is none. */
function readStatus(status: unknown, audiences: readonly string[] | undefined): Caller | string {
  const { authenticated, audiences: met = [], user } = (status ?? {}) as Status
  if (authenticated !== true || !user?.username)
    return 'the token is not valid: it has expired, was withdrawn, or is meant for another audience'
  // An authenticator that knows no audiences answers with none: its token is good for anything, and so not for us.
  if (audiences !== undefined && !met.some(audience => audiences.includes(audience)))
    return 'the token is meant for another audience'
  const groups = user.groups ?? []
  return {
    user: user.username,
    groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED],
    extra: user.extra ?? {},
    door: 'direct',
    ...(user.uid ? { uid: user.uid } : {}),
  }
}

export const AUTHENTICATED = 'system:authenticated'

export function unauthorized(why: string, audiences: readonly string[] = []): Failure {
  return new Failure({
    code: 401,
    reason: 'Unauthorized',
    error: 'unauthorized',
    message: `${why}; kubectl create token ACCOUNT${audiences[0] === undefined ? '' : ` --audience ${audiences[0]}`} makes one, and kubectl proxy needs none`,
    headers: { 'www-authenticate': 'Bearer realm="autonomy-rollouts"' },
  })
}
