import { pathOf } from './grant.ts'

/** One line of kube-apiserver's audit log, as far as it is read. */
export type AuditEvent = {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly impersonatedUser?: { readonly username: string }
  readonly userAgent?: string
  readonly objectRef?: Target & { readonly apiGroup?: string }
  readonly responseStatus?: { readonly code?: number; readonly message?: string }
  readonly requestObject?: { readonly spec?: { readonly strategy?: string; readonly resourceAttributes?: Attributes } }
  readonly responseObject?: {
    readonly spec?: {
      readonly resourceAttributes?: Attributes
      readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
    }
    readonly status?: { readonly allowed?: boolean; readonly reason?: string }
  }
  readonly annotations?: { readonly [key: string]: string }
}

type Target = { readonly resource?: string; readonly subresource?: string; readonly name?: string }
type Attributes = Target & { readonly verb?: string; readonly group?: string }

/** Something that was asked for, and how the API server decided. */
export type Use = {
  readonly by: 'operator' | 'people'
  readonly verb: string
  readonly path: string
  readonly name: string | undefined
  readonly outcome: Outcome
}

/**
 * - `allowed`: by a rule of `role`, which `binding` gave to `subject`
 * - `implied`: a policy has asked for it, and it was allowed; by `role` if the same person has it from there
 * - `denied`: nobody grants it, or a policy of the chart refused it
 * - `unknown`: somebody used the operator's account who is neither the operator nor kubectl
 */
export type Outcome =
  | { readonly kind: 'allowed'; readonly role: string; readonly binding: string; readonly subject: string }
  | { readonly kind: 'implied'; readonly role: string }
  | { readonly kind: 'denied'; readonly message: string }
  | { readonly kind: 'unknown'; readonly agent: string }

/** Name of the account in every namespace in which the tests install the chart. */
const ACCOUNT = /^system:serviceaccount:[^:]+:autonomy-rollouts$/
/** What the operator calls itself. */
const AGENT = 'autonomy-rollouts'
/** With the operator's token it is a test that tries something. */
const TRIED_BY = 'kubectl'
const REASON = /^RBAC: allowed by (\w+) "([^"]+)" of (\w+) "([^"]+)" to (.+)$/
const DENYING_POLICY = /ValidatingAdmissionPolicy 'autonomy-rollouts-[^']+' with binding/
const ORCHESTRATOR = 'orchestrator.autonomyops.dev'
const FLEET = 'fleet.autonomyops.dev'

/** What an event tells of the rights of the operator and of people: mostly one thing, sometimes more or nothing. */
export function usesIn(event: AuditEvent): readonly Use[] {
  const { user, impersonatedUser, userAgent = '' } = event
  const asOperator = ACCOUNT.test(user.username) && impersonatedUser === undefined
  if (!asOperator) return [...own(event, 'people'), ...asked(event)]
  const agent = userAgent.split('/')[0] ?? ''
  if (agent === AGENT) return [...own(event, 'operator'), ...reviewed(event)]
  return agent === TRIED_BY
    ? []
    : [{ ...whatIn(event), by: 'operator', outcome: { kind: 'unknown', agent: userAgent } }]
}

/** The request itself. */
function own(event: AuditEvent, by: Use['by']): readonly Use[] {
  const { annotations = {}, responseStatus: { code = 0, message = '' } = {} } = event
  const about = { ...whatIn(event), by }
  const forbidden = annotations['authorization.k8s.io/decision'] === 'forbid'
  if (forbidden || (code >= 400 && DENYING_POLICY.test(message)))
    return [{ ...about, outcome: { kind: 'denied', message } }]
  const outcome = allowedBy(annotations['authorization.k8s.io/reason'])
  return outcome === undefined ? [] : [{ ...about, outcome }]
}

function whatIn({ verb, requestURI, objectRef: target }: AuditEvent): Pick<Use, 'verb' | 'path' | 'name'> {
  const path =
    target?.resource === undefined
      ? (requestURI.split('?')[0] ?? '')
      : pathOf(target.apiGroup ?? '', target.resource, target.subresource)
  return { verb, path, name: target?.name }
}

/** What a review of the operator was answered about somebody: the operator lets them do it, or not, accordingly. */
function reviewed({ responseObject }: AuditEvent): readonly Use[] {
  const { resourceAttributes, nonResourceAttributes: { verb = '', path } = {} } = responseObject?.spec ?? {}
  const outcome = allowedBy(responseObject?.status?.reason)
  if (outcome === undefined) return []
  if (path !== undefined) return [{ by: 'people', verb, path, name: undefined, outcome }]
  if (resourceAttributes?.resource === undefined) return []
  const { verb: asked = '', group = '', resource, subresource, name } = resourceAttributes
  return [{ by: 'people', verb: asked, path: pathOf(group, resource, subresource), name, outcome }]
}

/** What the policies of the chart have asked about who created something, which was let in. */
function asked(event: AuditEvent): readonly Use[] {
  const { verb, objectRef: { apiGroup, resource, subresource } = {}, responseStatus: { code = 0 } = {} } = event
  const outcome = allowedBy(event.annotations?.['authorization.k8s.io/reason'])
  const created = verb === 'create' && apiGroup === FLEET && subresource === undefined && code < 300
  if (!created || outcome === undefined) return []
  const step = resource === 'rolloutrecoveries' ? event.requestObject?.spec?.strategy : undefined
  if (resource === 'rolloutrecoveries' && step === undefined) return []
  const { role } = outcome
  return [
    {
      by: 'people',
      verb,
      path: pathOf(ORCHESTRATOR, 'rollouts', step),
      name: undefined,
      outcome: { kind: 'implied', role },
    },
  ]
}

function allowedBy(reason = ''): Extract<Outcome, { kind: 'allowed' }> | undefined {
  const [, bindingKind, binding, roleKind, role, subject = ''] = REASON.exec(reason) ?? []
  if (role === undefined) return undefined
  // A binding in a namespace is called `name/namespace` there.
  return { kind: 'allowed', role: `${roleKind} ${role}`, binding: `${bindingKind} ${binding?.split('/')[0]}`, subject }
}
