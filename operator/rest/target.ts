import { DNS_LABEL } from '../api/fragments.ts'
import { Failure } from './failure.ts'
import { printable } from './path.ts'

/**
 * What a request addresses: the attributes that RBAC is asked with, which are those that kube-apiserver itself derives
 * from the same path (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go), and the parts of the path.
 */
export type Target = {
  readonly verb: Verb
  readonly resource: 'rollouts'
  /** The first word after the name: `recover`, `stages`, … */
  readonly subresource?: string
  /** The plan, or `stuck`. */
  readonly name?: string
  /** The one plan that a list is narrowed to by its field selector: RBAC is asked for that one. */
  readonly selected?: string
  /** Where the objects are. */
  readonly namespace: string
  /** Named in the path; else the configured one, and authorized at cluster scope. */
  readonly namespaced: boolean
  /** After the name and the subresource: stage id, `gates`, gate, `approve`. */
  readonly rest: readonly string[]
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** Most characters of a name in a path: that of a namespace or plan is 63, of a gate or stage 63. */
const LONGEST_NAME = 253

const NAMESPACE = new RegExp(DNS_LABEL)

/**
 * @param segments of the path after the prefix, decoded
 * @param defaultNamespace of paths that name none
 * @throws Failure 404 when no such path exists
 */
export function targetOf(
  method: string,
  segments: readonly string[],
  query: URLSearchParams,
  defaultNamespace: string,
): Target {
  const namespaced = segments[0] === 'namespaces'
  const [namespace = '', resource, name, subresource, ...rest] = namespaced
    ? segments.slice(1)
    : [defaultNamespace, ...segments]
  if (resource !== 'rollouts') throw unknownPath(segments)
  if (namespaced && !NAMESPACE.test(namespace)) throw noNamespace(namespace)
  const long = segments.find(segment => segment.length > LONGEST_NAME)
  if (long !== undefined) throw unknownPath(segments)
  const verb = verbOf(method, name !== undefined, query)
  const selected = verb === 'list' ? selectedName(query) : undefined
  return {
    verb,
    resource,
    namespace,
    namespaced,
    rest,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(selected === undefined ? {} : { selected }),
  }
}

/** Undefined unless the field selector is for one name, and that can be the name of a plan. */
function selectedName(query: URLSearchParams): string | undefined {
  return /^metadata\.name==?([a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/.exec(query.get('fieldSelector') ?? '')?.[1]
}

function verbOf(method: string, named: boolean, query: URLSearchParams): Verb {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (isTrue(query.get('watch'))) return 'watch'
      return named ? 'get' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    default:
      return 'update'
  }
}

/** As kube-apiserver reads a boolean parameter: present without a value counts. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

export function unknownPath(segments: readonly string[]): Failure {
  return new Failure({
    code: 404,
    reason: 'NotFound',
    error: 'path_not_found',
    message: `there is nothing at ${printable(`/${segments.join('/')}`)}; docs/openapi.json lists every path, and rollouts are at /v1/rollouts`,
  })
}

export function noNamespace(name: string): Failure {
  return new Failure({
    code: 404,
    reason: 'NotFound',
    error: 'namespace_not_found',
    message: `there is no namespace ${printable(name)}; kubectl get namespaces lists them`,
  })
}
