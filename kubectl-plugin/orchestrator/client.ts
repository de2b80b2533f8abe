import { objectOf, refusal, releaseIn } from './answer.ts'
import type { Endpoint, HttpAnswer, HttpRequest } from './exchange.ts'
import type { Acting, Orchestrator, Reading } from './orchestrator.ts'

export type ClientOptions = Endpoint & {
  /** Default: the namespace that the server is configured with. */
  readonly namespace?: string
}

/** The surface over HTTP. Remembers nothing; one client serves any number of calls at once. */
export function createOrchestrator({ address, exchange, namespace }: ClientOptions): Orchestrator {
  const rollouts = namespace === undefined ? '/v1/rollouts' : `/v1/namespaces/${part(namespace)}/rollouts`

  const success = async <T>(request: HttpRequest): Promise<{ readonly body: T; readonly answer: HttpAnswer }> => {
    const answer = await exchange(request)
    const name = `${request.method} ${request.path}`
    if (answer.status < 200 || answer.status > 299) throw refusal(name, address, answer)
    return { body: objectOf(name, address, answer) as T, answer }
  }

  const read = async <T>(path: string, query: HttpRequest['query'], { signal, entities }: Reading): Promise<T> => {
    const request: HttpRequest = { method: 'GET', path, ...(query === undefined ? {} : { query }), signal }
    if (entities === undefined) return (await success<T>(request)).body
    const key = `${path} ${JSON.stringify(query ?? {})}`
    const known = entities.get(key)
    const conditional = known === undefined ? request : { ...request, headers: { 'if-none-match': known.etag } }
    const answer = await exchange(conditional)
    if (answer.status === 304 && known !== undefined) return known.body as T
    const name = `GET ${path}`
    if (answer.status !== 200) throw refusal(name, address, answer)
    const body = objectOf(name, address, answer)
    const { etag } = answer.headers
    if (etag !== undefined) entities.set(key, { etag, body })
    return body as T
  }

  const write = async <T>(
    method: 'POST' | 'DELETE',
    path: string,
    body: object | undefined,
    { signal, dryRun }: Acting,
  ): Promise<T> => {
    const query = dryRun === true ? { dryRun: 'All' } : {}
    return (await success<T>({ method, path, query, ...(body === undefined ? {} : { body }), signal })).body
  }

  const of = (plan: string) => `${rollouts}/${part(plan)}`
  return {
    list: async (selection, how) => await read(rollouts, { ...selection }, how),
    get: async (plan, how) => await read(of(plan), undefined, how),
    stuck: async (threshold, how) => await read(`${rollouts}/stuck`, { threshold_seconds: threshold }, how),
    gates: async (plan, stage, how) => await read(`${of(plan)}/stages/${part(stage)}/gates`, undefined, how),
    nodes: async (plan, selection, how) => await read(`${of(plan)}/nodes`, { ...selection }, how),
    history: async (plan, how) => await read(`${of(plan)}/history`, undefined, how),

    create: async (plan, how) => await write('POST', rollouts, plan, how),
    cancel: async (plan, { reason }, how) =>
      await write('DELETE', of(plan), reason === undefined ? undefined : { reason }, how),
    recover: async (plan, request, how) => await write('POST', `${of(plan)}/recover`, request, how),
    act: async (action, plan, request, how) => await write('POST', `${of(plan)}/${action}`, request, how),
    approve: async (plan, stage, gate, why, how) =>
      await write('POST', `${of(plan)}/stages/${part(stage)}/gates/${part(gate)}/approve`, why, how),
    report: async (plan, report, how) => await write('POST', `${of(plan)}/gate-report`, report, how),

    health: async ({ signal }) => {
      const answer = await exchange({ method: 'GET', path: '/v1/health', signal })
      const ready = answer.status === 200 || (answer.status === 503 && answer.text.startsWith('{"status":"not ready"'))
      if (!ready) throw refusal('GET /v1/health', address, answer)
      return objectOf('GET /v1/health', address, answer) as Awaited<ReturnType<Orchestrator['health']>>
    },
    version: async ({ signal }) => {
      const { answer } = await success({ method: 'GET', path: '/v1', signal })
      return releaseIn(answer)
    },
  }
}

/** As one segment of a path; `.` and `..` would be taken for directions. */
function part(name: string): string {
  return encodeURIComponent(name).replace(/^\.{1,2}$/, dots => dots.replaceAll('.', '%2E'))
}
