import { createHash } from 'node:crypto'
import { abortable } from '../../runtime/abort.ts'
import type { Clock } from '../../runtime/clock.ts'
import { Failure } from '../failure.ts'
import { printable } from '../path.ts'
import type { Caller } from './caller.ts'
import type { Review } from './review.ts'
import { singleFlight } from './single-flight.ts'

/** What RBAC is asked. */
export type Attributes =
  | {
      readonly verb: string
      readonly group: string
      readonly resource: string
      readonly subresource?: string
      readonly name?: string
      /** Absent: at cluster scope. */
      readonly namespace?: string
    }
  | { readonly verb: string; readonly nonResourcePath: string }

/** As Kubernetes' own delegating authorizer keeps them. */
const KEEP = 10_000
const MOST = 10_000
/** Who may do everything, whatever roles say: not asked for, as the API server does not ask either. */
const MASTERS = 'system:masters'

type Answer = { readonly allowed: boolean; readonly reason: string }

/**
 * Asks the API server whether a caller may do something: for every request, also for one that kube-apiserver has
 * authorized by its URL already.
 *
 * @throws Failure 403 that names the right, or 503
 */
export function authorizer(review: Review, clock: Clock) {
  const answers = singleFlight<Answer>(clock, KEEP, MOST)
  const ask = async (spec: object): Promise<Answer> => {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
    const status = await review(body)
    const { allowed, reason = '' } = (status ?? {}) as { readonly allowed?: boolean; readonly reason?: string }
    return { allowed: allowed === true, reason }
  }
  return async (caller: Caller, attributes: Attributes, signal: AbortSignal): Promise<void> => {
    const { user, uid, groups, extra } = caller
    if (groups.includes(MASTERS)) return
    const what =
      'nonResourcePath' in attributes
        ? { nonResourceAttributes: { path: attributes.nonResourcePath, verb: attributes.verb } }
        : { resourceAttributes: { ...attributes, version: 'v1' } }
    const spec = { user, groups, extra, ...what, ...(uid === undefined ? {} : { uid }) }
    const key = createHash('sha256').update(JSON.stringify(spec)).digest('base64')
    const { allowed, reason } = await abortable(
      answers.get(key, () => ask(spec)),
      signal,
    )
    if (!allowed) throw forbidden(caller, attributes, reason)
  }
}

function forbidden({ user }: Caller, attributes: Attributes, reason: string): Failure {
  const why = reason === '' ? '' : `: ${printable(reason)}`
  if ('nonResourcePath' in attributes)
    return refusal(`User "${printable(user)}" cannot ${attributes.verb} path "${attributes.nonResourcePath}"${why}`)
  const { verb, group, resource, subresource, name, namespace } = attributes
  const full = subresource === undefined ? resource : `${resource}/${subresource}`
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${printable(namespace)}"`
  const named = name === undefined ? '' : ` "${printable(name)}"`
  const remedy = `; ask for a role with verb ${verb} on ${printable(full)}`
  return refusal(
    `${resource}.${group}${named} is forbidden: User "${printable(user)}" cannot ${verb} resource "${printable(full)}" in API group "${group}" ${where}${why}${remedy}`,
    { group, kind: printable(full), name: printable(name ?? '') },
  )
}

/** @param about the resource whose right is missing, with its subresource */
function refusal(message: string, about?: Failure['parts']['about']): Failure {
  const parts = { code: 403, reason: 'Forbidden', error: 'forbidden', message } as const
  return new Failure(about === undefined ? parts : { ...parts, about })
}
