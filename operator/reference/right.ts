import type { Operation } from '../rest/openapi/operations.ts'
import { targetOf } from '../rest/target.ts'

/** A right in group orchestrator.autonomyops.dev. */
export type Right = { readonly verb: string; readonly resource: string; readonly name?: string }

/** Steps that the path of their operation does not name; `recover` names its strategy in the body. */
const STEPS: { readonly [operation: string]: string } = {
  cancelRollout: 'cancel',
  recoverRollout: '<strategy>',
  approveGate: 'approve',
}

/** All that an operation takes: the right on its path, as kube-apiserver derives it too, and that to the step. */
export function rightsOf({ id, method, path }: Operation): readonly Right[] {
  const segments = path.slice(1).split('/')
  const { verb, subresource, name } = targetOf(method.toUpperCase(), segments, new URLSearchParams(), 'any')
  const step = STEPS[id]
  return [right(verb, subresource, name), ...(step === undefined ? [] : [right('create', step, name)])]
}

function right(verb: string, subresource: string | undefined, name: string | undefined): Right {
  const resource = subresource === undefined ? 'rollouts' : `rollouts/${subresource}`
  return { verb, resource, ...(name === undefined ? {} : { name }) }
}
