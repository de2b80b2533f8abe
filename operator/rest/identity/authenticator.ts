import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { abortable } from '../../runtime/abort.ts'
import type { Clock } from '../../runtime/clock.ts'
import { Failure } from '../failure.ts'
import type { Caller } from './caller.ts'
import type { FrontProxy } from './front-proxy.ts'
import { proxiedUser } from './headers.ts'
import { isFrontProxy } from './peer.ts'
import { AUTHENTICATED, type TokenAuthenticator, unauthorized } from './token.ts'

const ANONYMOUS = 'system:anonymous'

/**
 * What a caller wants. For metrics, and nothing else, a token is good that is good for the API server: it is what a
 * Prometheus in the cluster has, and sends to every component of Kubernetes.
 */
export type Purpose = 'surface' | 'metrics'

export type AuthenticatorParts = {
  readonly proxy: Pick<FrontProxy, 'trust'>
  readonly byToken: { readonly [purpose in Purpose]: TokenAuthenticator }
  readonly audiences: readonly string[]
  readonly clock: Clock
}

/**
 * Says who makes a request.
 *
 * X-Remote-* headers count when, and only when, the peer's certificate is the front proxy's. From anybody else they are
 * as good as absent, and the request stands on its bearer token.
 *
 * @throws Failure 401, 403 for an attempt to impersonate, 503
 */
export function authenticator({ proxy, byToken, audiences, clock }: AuthenticatorParts) {
  return async (request: IncomingMessage, signal: AbortSignal, purpose: Purpose = 'surface'): Promise<Caller> => {
    const impersonating = Object.keys(request.headers).find(name => name.startsWith('impersonate-'))
    if (impersonating !== undefined)
      throw new Failure({
        code: 403,
        reason: 'Forbidden',
        error: 'impersonation_refused',
        message: `the header ${impersonating} is not honoured here, and ignoring it would act with more rights than were asked for; impersonate through the API server (kubectl --as)`,
      })
    const trust = proxy.trust()
    if (trust && request.socket instanceof TLSSocket && isFrontProxy(request.socket, trust, clock.now())) {
      const said = proxiedUser(request.rawHeaders, trust.headers)
      if (said === undefined || said.user === ANONYMOUS)
        throw unauthorized('the API server passed this request on without saying who made it', audiences)
      const { user, uid, groups, extra } = said
      return {
        user,
        extra,
        // Its own requests come without any group.
        groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED],
        door: 'aggregated',
        ...(uid === undefined ? {} : { uid }),
      }
    }
    const { authorization } = request.headers
    if (authorization === undefined) throw unauthorized('this door needs a bearer token', audiences)
    return await abortable(byToken[purpose](authorization), signal)
  }
}
