import { isRecord } from '../../operator/kube/refusal.ts'
import { type FleetNode, trimNode } from '../../operator/fleet/node.ts'
import { objectOf, refusal } from '../orchestrator/answer.ts'
import type { Exchange } from '../orchestrator/exchange.ts'
import type { Asking } from '../orchestrator/orchestrator.ts'

const PAGE = 500

/** Every node of the cluster, as the operator sees it. @throws OrchestratorError */
export async function allNodesOf(exchange: Exchange, { signal }: Asking): Promise<readonly FleetNode[]> {
  const nodes: FleetNode[] = []
  let more: string | undefined
  do {
    const query = { limit: PAGE, continue: more }
    const answer = await exchange({ method: 'GET', path: '/api/v1/nodes', query, signal })
    if (answer.status !== 200) throw refusal('GET /api/v1/nodes', 'the API server', answer)
    const { items, metadata } = objectOf('GET /api/v1/nodes', 'the API server', answer) as {
      readonly items?: readonly unknown[]
      readonly metadata?: unknown
    }
    nodes.push(...(items ?? []).map(trimNode))
    const next = isRecord(metadata) ? metadata['continue'] : undefined
    more = typeof next === 'string' && next !== '' ? next : undefined
  } while (more !== undefined)
  return nodes
}
