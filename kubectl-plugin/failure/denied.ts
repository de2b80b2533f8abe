import { ORCHESTRATOR_GROUP } from '../../operator/api/names.ts'
import { EXIT } from '../exit-code.ts'
import type { Denied } from '../orchestrator/trouble.ts'
import type { Complaint } from './complaint.ts'
import type { Situation } from './situation.ts'

export function deniedComplaint(
  { status, error, request, resource, address }: Denied,
  message: string,
  situation: Situation,
): Complaint {
  const { kubectl } = situation
  const common = { code: error, exit: EXIT.denied, status }
  if (status === 401)
    return {
      ...common,
      why: `${address} does not know who you are: ${message}`,
      next: address.includes(`/apis/${ORCHESTRATOR_GROUP}`)
        ? kubectl(['auth', 'whoami'])
        : kubectl(['config', 'get-contexts']),
    }
  if (request === 'GET /api/v1/nodes')
    return {
      ...common,
      why: "you have no right to list nodes, and a preview is of the cluster's nodes",
      said: message,
      next: kubectl(['auth', 'can-i', 'list', 'nodes']),
    }
  const right = rightOf(request, resource)
  if (right === undefined || error === 'impersonation_refused') return { ...common, why: message }
  const { verb, resource: full } = right
  const [plain = full, subresource] = full.split('/', 2)
  const where = situation.namespace === undefined ? 'in every namespace' : `in namespace ${situation.namespace}`
  const named = `${plain}.${ORCHESTRATOR_GROUP}`
  return {
    ...common,
    why: `you have no right to ${verb} ${full} in API group ${ORCHESTRATOR_GROUP} ${where}`,
    said: message,
    next: kubectl([
      'auth',
      'can-i',
      verb,
      named,
      ...(subresource === undefined ? [] : ['--subresource', subresource]),
      ...(situation.namespace === undefined ? ['--all-namespaces'] : ['-n', situation.namespace]),
    ]),
  }
}

type Right = { readonly verb: string; readonly resource: string }

/** The right that the API server asks for by the request's URL, or that of the resource which the server has named. */
function rightOf(request: string, resource: string | undefined): Right | undefined {
  const [method = '', path = ''] = request.split(' ', 2)
  const [, plan, subresource] = path.replace(/^\/v1(\/namespaces\/[^/]+)?\//, '').split('/')
  const verb = method === 'POST' ? 'create' : method === 'DELETE' ? 'delete' : plan === undefined ? 'list' : 'get'
  if (resource !== undefined)
    // An action is asked for again by its own name: create on rollouts/cancel, though the request is a DELETE.
    return { verb: resource.includes('/') && method === 'DELETE' ? 'create' : verb, resource }
  if (!path.includes('/rollouts')) return undefined
  return { verb, resource: subresource === undefined ? 'rollouts' : `rollouts/${subresource}` }
}

export function credentialsComplaint(code: string, message: string, { kubectl }: Situation): Complaint {
  const exit = EXIT.unreachable
  if (code === 'not_configured')
    return {
      code: 'not_configured',
      why: `${message}, and neither --orchestrator-url nor AUTONOMY_ORCHESTRATOR_URL says where the orchestrator is`,
      next: kubectl(['config', 'get-contexts']),
      exit,
    }
  if (code === 'unknown_context' || code === 'unreadable')
    return { code, why: message, next: kubectl(['config', 'view']), exit }
  return {
    code: 'credentials',
    why: `no credentials could be obtained: ${message}`,
    next: kubectl(['auth', 'whoami']),
    exit,
  }
}
