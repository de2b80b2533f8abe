import type { RolloutPlan } from '../api/object.ts'
import type { Client } from '../kube/client.ts'
import { isNotFound } from '../kube/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Caches } from '../view/caches.ts'
import { rolloutPlans } from '../view/resources.ts'
import type { View } from '../view/view.ts'
import type { Exchange } from './exchange.ts'
import { Failure } from './failure.ts'
import type { Attributes } from './identity/authorizer.ts'
import type { Caller } from './identity/caller.ts'
import { printable } from './path.ts'
import { upstream } from './upstream.ts'

/** What the handlers of the surface work with. Every replica has its own; nothing in it remembers a request. */
export type Surface = {
  readonly caches: Caches
  readonly view: View
  /** Not guarded by the leader's lease: every replica may create plans and recoveries. */
  readonly client: Client
  readonly authorize: (caller: Caller, attributes: Attributes, signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  /** How long a write waits for the leader's verdict, in milliseconds. */
  readonly verdictMs: number
}

/**
 * The plan that a request names.
 *
 * A plan that this replica does not know may have been created through another one a moment ago, so the API server is
 * asked before it is said not to exist.
 *
 * @throws Failure 404 plan_not_found
 */
export async function planOf(exchange: Exchange, { caches, client }: Surface): Promise<RolloutPlan> {
  const { namespace } = exchange.target
  const name = exchange.params['plan'] ?? ''
  const known = caches.plans.get(`${namespace}/${name}`)
  if (known) return known
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name) || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    throw noPlan(namespace, name)
  try {
    const live = await client.get(rolloutPlans, { name, namespace }, { signal: exchange.signal })
    caches.plans.observe(live)
    return live
  } catch (error) {
    exchange.signal.throwIfAborted()
    if (isNotFound(error)) throw noPlan(namespace, name)
    throw upstream(error, `reading plan ${printable(name)}`)
  }
}

export function noPlan(namespace: string, name: string): Failure {
  return new Failure({
    code: 404,
    reason: 'NotFound',
    error: 'plan_not_found',
    message: `there is no plan ${printable(name)} in namespace ${printable(namespace)}; GET /v1/rollouts lists them`,
    about: { kind: 'rollouts', name: printable(name) },
  })
}
