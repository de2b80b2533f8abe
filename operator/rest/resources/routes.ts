import type { Handler } from '../exchange.ts'
import type { Route } from '../route.ts'
import type { Sight } from '../sight.ts'
import { type Surface, planOf } from '../surface.ts'
import { approve, ask, cancel, recover, report } from './act.ts'
import { create } from './create.ts'
import { gates, history, nodes } from './detail.ts'
import { get, list, stuck } from './read.ts'

/** The whole `/v1` surface. Literal words go before `:words`. */
export function routesOf(surface: Surface, sight: Sight): readonly Route[] {
  const on = (handler: (exchange: Parameters<Handler>[0], surface: Surface) => ReturnType<Handler>): Handler => {
    return exchange => handler(exchange, surface)
  }
  const seeing: Handler = async exchange => {
    await sight.of(await planOf(exchange, surface), exchange.signal)
    return await nodes(exchange, surface)
  }
  return [
    { method: 'GET', pattern: '/rollouts', handle: on(list) },
    { method: 'POST', pattern: '/rollouts', handle: on(create) },
    { method: 'GET', pattern: '/rollouts/stuck', handle: on(stuck) },
    { method: 'GET', pattern: '/rollouts/:plan', handle: on(get) },
    { method: 'DELETE', pattern: '/rollouts/:plan', handle: on(cancel) },
    { method: 'POST', pattern: '/rollouts/:plan/recover', handle: on(recover) },
    { method: 'POST', pattern: '/rollouts/:plan/halt', handle: on(ask('halt')) },
    { method: 'POST', pattern: '/rollouts/:plan/pause', handle: on(ask('pause')) },
    { method: 'POST', pattern: '/rollouts/:plan/resume', handle: on(ask('resume')) },
    { method: 'POST', pattern: '/rollouts/:plan/gate-report', handle: on(report) },
    { method: 'GET', pattern: '/rollouts/:plan/stages/:stage/gates', handle: on(gates) },
    { method: 'POST', pattern: '/rollouts/:plan/stages/:stage/gates/:gate/approve', handle: on(approve) },
    { method: 'GET', pattern: '/rollouts/:plan/nodes', handle: seeing },
    { method: 'GET', pattern: '/rollouts/:plan/history', handle: on(history) },
  ]
}
