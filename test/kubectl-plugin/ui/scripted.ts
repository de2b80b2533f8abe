import { createHash } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HistoryBody, NodesBody, RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { history } from './build.ts'

/** What the scripted orchestrator knows. Tests change it while the view looks on. */
export type World = {
  plans: RolloutBody[]
  nodes: NodesBody['nodes']
  history: HistoryBody
  /** What an action does to the world, and its answer. Absent: refused with 409. */
  act?: (sent: Sent, world: World) => { readonly status: number; readonly body: object }
}

export type Sent = {
  readonly method: string
  readonly path: string
  readonly body: { readonly [field: string]: unknown }
}

/**
 * A small HTTP server that answers as `/v1` does, for what a real operator cannot be made to show on command: ten
 * thousand nodes, two hundred plans, a connection that comes and goes.
 */
export type Scripted = AsyncDisposable & {
  readonly url: string
  readonly world: World
  /** Every action that arrived. */
  readonly sent: readonly Sent[]
  /** Reads answered with a body, and those answered with 304. */
  readonly reads: { whole: number; unchanged: number }
  /** Hangs up on everybody, and refuses connections until `back`. */
  away(): Promise<void>
  back(): Promise<void>
}

export async function startScripted(plans: readonly RolloutBody[], parts: Partial<World> = {}): Promise<Scripted> {
  const world: World = { plans: [...plans], nodes: [], history: history(), ...parts }
  const sent: Sent[] = []
  const reads = { whole: 0, unchanged: 0 }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://scripted')
    if (request.method !== 'GET') {
      const action: Sent = {
        method: request.method ?? '',
        path: url.pathname,
        body: JSON.parse((await textOf(request)) || '{}') as Sent['body'],
      }
      sent.push(action)
      const { status, body } = world.act?.(action, world) ?? refused(409, 'plan_not_active', 'the script refuses it')
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return
    }
    const { status, body } = read(world, url)
    const text = JSON.stringify(body)
    const etag = `"${createHash('sha1').update(text).digest('hex')}"`
    if (status === 200 && request.headers['if-none-match'] === etag) {
      reads.unchanged += 1
      response.writeHead(304, { etag }).end()
      return
    }
    reads.whole += 1
    response.writeHead(status, { 'content-type': 'application/json', etag }).end(text)
  }
  let server: Server | undefined
  let port = 0
  const back = async () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server = createServer((request, response) => void answer(request, response))
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
    await promise
    port = (server.address() as AddressInfo).port
  }
  const away = async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (server === undefined) return
    server.close(() => resolve())
    server.closeAllConnections()
    server = undefined
    await promise
  }
  await back()
  return { url: `http://127.0.0.1:${port}`, world, sent, reads, away, back, [Symbol.asyncDispose]: away }
}

function read(world: World, url: URL): { readonly status: number; readonly body: object } {
  const [name, what] = url.pathname
    .replace(/^.*?\/rollouts\/?/, '')
    .split('/')
    .filter(Boolean)
  const parts = { kind: 'Scripted', apiVersion: 'orchestrator.autonomyops.dev/v1', metadata: {} }
  if (name === undefined) {
    return { status: 200, body: { ...parts, plans: [], items: world.plans } }
  }
  const plan = world.plans.find(({ plan_id }) => plan_id === name)
  if (plan === undefined) return refused(404, 'plan_not_found', `there is no plan ${name}`)
  if (what === undefined) return { status: 200, body: plan }
  if (what === 'history') return { status: 200, body: world.history }
  return { status: 200, body: pageOf(world.nodes, url.searchParams, { ...parts, plan_id: name }) }
}

function pageOf(nodes: NodesBody['nodes'], query: URLSearchParams, parts: object): object {
  const stage = query.get('stage')
  const all = nodes.filter(({ stage_id }) => stage === null || stage_id === stage)
  const from = Number(query.get('continue') ?? 0)
  const to = from + Number(query.get('limit') ?? 5_000)
  return { ...parts, metadata: to < all.length ? { continue: String(to) } : {}, nodes: all.slice(from, to) }
}

export function refused(
  status: number,
  error: string,
  message: string,
): { readonly status: number; readonly body: object } {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Conflict',
    code: status,
    error,
  }
  return { status, body }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
