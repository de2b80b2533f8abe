import type { IncomingMessage, ServerResponse } from 'node:http'
import { RELEASE } from '../release.ts'
import type { Check } from '../runtime/health.ts'
import { sendEntity, sendText } from './answer.ts'
import { type Entity, entityOf } from './entity.ts'
import type { Attributes } from './identity/authorizer.ts'
import type { Caller } from './identity/caller.ts'
import { GROUP_PREFIX } from './path.ts'
import type { OtherPaths } from './pipeline.ts'
import { notAllowed } from './route.ts'

/** A document served from memory; `choose` when its form depends on the Accept header. */
export type Document = { readonly entity: Entity } | { readonly choose: (accept: string | undefined) => Entity }

export type OtherPathsParts = {
  /** By path: discovery and OpenAPI. Any authenticated caller may read them: those of kube-apiserver come without groups. */
  readonly documents: ReadonlyMap<string, Document>
  readonly ready: readonly Check[]
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>
  readonly authorize: (caller: Caller, attributes: Attributes, signal: AbortSignal) => Promise<void>
}

/** Everything that is served beside the surface: health for anyone, documents for the authenticated, metrics by right. */
export function otherPaths({ documents, ready, metrics, authorize }: OtherPathsParts): OtherPaths {
  const problems = () =>
    ready.flatMap(({ name, problem }) => (problem() === undefined ? [] : [`${name}: ${problem()}`]))

  return async (request, response, path, identify, signal) => {
    const { method = '' } = request
    const serve = readOnly(method)
    switch (path) {
      case '/livez':
        return serve(() => sendText(response, 200, 'ok'))
      case '/readyz':
      case '/healthz':
        return serve(() => {
          const wrong = problems()
          return wrong.length === 0 ? sendText(response, 200, 'ok') : sendText(response, 503, `${wrong.join('\n')}\n`)
        })
      case '/v1/health':
      case `${GROUP_PREFIX}/health`:
        return serve(() => health(request, response, problems()))
      case '/metrics': {
        await authorize(await identify('metrics'), { verb: 'get', nonResourcePath: '/metrics' }, signal)
        const { contentType, body } = await metrics()
        return serve(() => sendText(response, 200, body, contentType))
      }
    }
    const document = documents.get(path)
    if (!document) return undefined
    await identify()
    const entity = 'entity' in document ? document.entity : document.choose(request.headers.accept)
    return serve(() => sendEntity(response, entity, { method, ifNoneMatch: request.headers['if-none-match'] }))
  }
}

function health(request: IncomingMessage, response: ServerResponse, wrong: readonly string[]): number {
  const body =
    wrong.length === 0 ? { status: 'ok', version: RELEASE } : { status: 'not ready', version: RELEASE, problems: wrong }
  return sendEntity(response, entityOf(body), {
    method: request.method ?? '',
    ifNoneMatch: undefined,
    code: wrong.length === 0 ? 200 : 503,
  })
}

function readOnly(method: string): (send: () => number) => number {
  return send => {
    if (method !== 'GET' && method !== 'HEAD') throw notAllowed(method, ['GET'])
    return send()
  }
}
