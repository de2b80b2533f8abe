import { FLEET } from '../ground.ts'
import { PLAN, type Person } from './people.ts'

/** A request of the table, and the rights that it takes: all of them. */
export type Request = {
  readonly title: string
  readonly method: string
  /** After the prefix. */
  readonly path: string
  readonly body?: object
  readonly needs: readonly Need[]
  readonly namespaced: boolean
}

export type Need = { readonly verb: string; readonly resource: string; readonly name?: string }

const REASON = { reason: 'the matrix asks' }
const DRY = '?dryRun=All'

function need(verb: string, resource: string, name?: string): Need {
  return { verb, resource, ...(name === undefined ? {} : { name }) }
}

function action(word: string, needs: readonly Need[], body: object): Omit<Request, 'namespaced'> {
  return { title: word, method: 'POST', path: `/rollouts/${PLAN}/${word}${DRY}`, body, needs }
}

const recover = (strategy: string) =>
  action('recover', [need('create', 'rollouts/recover', PLAN), need('create', `rollouts/${strategy}`, PLAN)], {
    strategy,
    ...REASON,
  })

const REQUESTS: readonly Omit<Request, 'namespaced'>[] = [
  { title: 'list', method: 'GET', path: '/rollouts', needs: [need('list', 'rollouts')] },
  { title: 'stuck', method: 'GET', path: '/rollouts/stuck', needs: [need('get', 'rollouts', 'stuck')] },
  { title: 'get', method: 'GET', path: `/rollouts/${PLAN}`, needs: [need('get', 'rollouts', PLAN)] },
  { title: 'head', method: 'HEAD', path: `/rollouts/${PLAN}`, needs: [need('get', 'rollouts', PLAN)] },
  { title: 'get another', method: 'GET', path: '/rollouts/unknown', needs: [need('get', 'rollouts', 'unknown')] },
  {
    title: 'gates',
    method: 'GET',
    path: `/rollouts/${PLAN}/stages/s1/gates`,
    needs: [need('get', 'rollouts/stages', PLAN)],
  },
  { title: 'nodes', method: 'GET', path: `/rollouts/${PLAN}/nodes`, needs: [need('get', 'rollouts/nodes', PLAN)] },
  {
    title: 'history',
    method: 'GET',
    path: `/rollouts/${PLAN}/history`,
    needs: [need('get', 'rollouts/history', PLAN)],
  },
  {
    title: 'create',
    method: 'POST',
    path: `/rollouts${DRY}`,
    body: { plan_id: 'another', artifact_ref: 'x', stages: [{ id: 's1', nodes: {} }] },
    needs: [need('create', 'rollouts')],
  },
  {
    title: 'cancel',
    method: 'DELETE',
    path: `/rollouts/${PLAN}${DRY}`,
    needs: [need('delete', 'rollouts', PLAN), need('create', 'rollouts/cancel', PLAN)],
  },
  recover('retry'),
  recover('rollback'),
  recover('skip_failed'),
  action('halt', [need('create', 'rollouts/halt', PLAN)], REASON),
  action('pause', [need('create', 'rollouts/pause', PLAN)], REASON),
  action('gate-report', [need('create', 'rollouts/gate-report', PLAN)], {
    evaluation: 'a-uid/s1/load/1773821400000',
    state: 'passed',
  }),
  action('resume', [need('create', 'rollouts/resume', PLAN)], REASON),
  {
    ...action('approve', [need('create', 'rollouts/stages', PLAN), need('create', 'rollouts/approve', PLAN)], REASON),
    path: `/rollouts/${PLAN}/stages/s1/gates/manual/approve${DRY}`,
  },
]

/** Every request in both forms of its path. */
export const ROUTES: readonly Request[] = REQUESTS.flatMap(request => [
  { ...request, namespaced: false },
  {
    ...request,
    path: `/namespaces/${FLEET}${request.path}`,
    title: `${request.title}, in a namespace`,
    namespaced: true,
  },
])

/** Whether the table lets somebody make a request. */
export function mayAsk({ rules, namespaced = false }: Person, request: Request): boolean {
  if (namespaced && !request.namespaced) return false
  return request.needs.every(({ verb, resource, name }) =>
    rules.some(
      ({ resources, verbs, resourceNames }) =>
        resources.includes(resource) &&
        verbs.includes(verb) &&
        (resourceNames === undefined || (name !== undefined && resourceNames.includes(name))),
    ),
  )
}
