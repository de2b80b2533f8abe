/** What a request to the API server is about, read from its method and URL as the API server itself reads them. */
export type ApiRequest = {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'
  /** Plural, with the subresource where there is one: `nodes`, `rolloutplans/status`; empty for paths such as /version. */
  readonly resource: string
  /** `namespace/name`, or `name`; of a create, what stands in the body. */
  readonly object: string
}

/**
 * - `write`: changes what the rollout stands on.
 * - `lease`, `event`: bookkeeping, numbered apart.
 * - `review`: a POST that stores nothing (access and token reviews).
 * - `read`: everything else.
 */
export type RequestClass = 'write' | 'lease' | 'event' | 'review' | 'read'

const RESOURCE_PATH =
  /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?$/

/** @param body the request's own body; used for the name of what is created */
export function parseRequest(method: string, url: string, body = ''): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'https://api')
  const { namespace, plural = '', name, subresource } = RESOURCE_PATH.exec(pathname)?.groups ?? {}
  const verb = verbOf(method, name !== undefined, searchParams.get('watch'))
  const object = name ?? (verb === 'create' ? nameIn(body) : '')
  return {
    verb,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    object: namespace === undefined ? object : `${namespace}/${object}`,
  }
}

export function classOf({ verb, resource }: ApiRequest): RequestClass {
  if (verb === 'get' || verb === 'list' || verb === 'watch') return 'read'
  if (resource === 'leases') return 'lease'
  if (resource === 'events') return 'event'
  return resource.endsWith('reviews') ? 'review' : 'write'
}

function verbOf(method: string, named: boolean, watch: string | null): ApiRequest['verb'] {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    default:
      if (watch === 'true' || watch === '1') return 'watch'
      return named ? 'get' : 'list'
  }
}

function nameIn(body: string): string {
  try {
    const { metadata } = JSON.parse(body) as { readonly metadata?: { readonly name?: string } }
    return metadata?.name ?? ''
  } catch {
    return ''
  }
}
