import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import type { Reading, Orchestrator } from '../../orchestrator/orchestrator.ts'
import type { Member } from '../view/node.ts'

/** A page of the API, and as many pages as a view will ever show. */
const PAGE = { plans: 500, nodes: 5_000 } as const
const MOST_PAGES = 40

type Paged = { readonly metadata: { readonly continue?: string } }

async function pages<B extends Paged>(page: (token: string | undefined) => Promise<B>): Promise<readonly B[]> {
  const bodies: B[] = []
  let token: string | undefined
  do {
    const body = await page(token)
    bodies.push(body)
    token = body.metadata.continue
  } while (token !== undefined && bodies.length < MOST_PAGES)
  return bodies
}

/** Answers the same array as before when no page has changed, so that what was derived from it stays valid. */
function joined<B, T>(itemsOf: (body: B) => readonly T[]): (bodies: readonly B[]) => readonly T[] {
  let [before, items]: [readonly B[], readonly T[]] = [[], []]
  return bodies => {
    const same = bodies.length === before.length && bodies.every((body, index) => body === before[index])
    if (!same || before.length === 0) [before, items] = [bodies, bodies.flatMap(itemsOf)]
    return items
  }
}

/** Reads every plan. One for each list that is followed. */
export function plansReader(orchestrator: Orchestrator): (how: Reading) => Promise<readonly RolloutBody[]> {
  const join = joined(({ items }: { readonly items: readonly RolloutBody[] }) => items)
  return async how =>
    join(
      await pages(
        async token =>
          await orchestrator.list({ limit: PAGE.plans, ...(token === undefined ? {} : { continue: token }) }, how),
      ),
    )
}

/** Reads every member of a stage. */
export function nodesReader(
  orchestrator: Orchestrator,
  plan: string,
  stage: string,
): (how: Reading) => Promise<readonly Member[]> {
  const join = joined(({ nodes }: { readonly nodes: readonly Member[] }) => nodes)
  return async how =>
    join(
      await pages(
        async token =>
          await orchestrator.nodes(
            plan,
            { stage, limit: PAGE.nodes, ...(token === undefined ? {} : { continue: token }) },
            how,
          ),
      ),
    )
}
