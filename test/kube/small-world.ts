import type { ServerResponse } from 'node:http'
import type { RawObject } from '../../operator/kube/object.ts'
import { raw } from './build.ts'
import { json, startFaultServer, status } from './fault-server.ts'
import type { Answer, FaultServer } from './fault-server.ts'

/**
 * A few ConfigMaps behind list and watch, behaving well except where told to answer otherwise. Only for faults: what
 * a sound API server does is tested on a real one.
 */
export type SmallWorld = AsyncDisposable & {
  readonly server: FaultServer
  put(name: string): void
  remove(name: string): void
  /** Watches open now. */
  watches(): readonly ServerResponse[]
  /** Answers requests instead of the world while it gives an answer for them. */
  disturb(fault: ((url: URL, nth: number) => Answer | undefined) | undefined): void
  /** Version as of now. */
  version(): number
}

export async function startSmallWorld(options: { readonly streaming: boolean }): Promise<SmallWorld> {
  const objects = new Map<string, RawObject>()
  const history: { readonly version: number; readonly line: string }[] = []
  const watches = new Set<ServerResponse>()
  let version = 10
  let fault: ((url: URL, nth: number) => Answer | undefined) | undefined
  let nth = 0

  const announce = (type: string, object: RawObject) => {
    const line = `${JSON.stringify({ type, object })}\n`
    history.push({ version, line })
    for (const response of watches) response.write(line)
  }

  const bookmark = (annotations = {}) =>
    `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version), annotations } } })}\n`

  const openWatch = (url: URL, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (url.searchParams.has('sendInitialEvents')) {
      for (const object of objects.values()) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`)
      response.write(bookmark({ 'k8s.io/initial-events-end': 'true' }))
    } else {
      const from = Number(url.searchParams.get('resourceVersion'))
      for (const entry of history) if (entry.version > from) response.write(entry.line)
    }
    watches.add(response)
    response.on('close', () => watches.delete(response))
  }

  const server = await startFaultServer((request, response, socket) => {
    const url = new URL(request.url, 'http://x')
    nth += 1
    const disturbed = fault?.(url, nth)
    if (disturbed !== undefined) return disturbed(request, response, socket)
    const initial = url.searchParams.has('sendInitialEvents')
    if (initial && !options.streaming) return status(422, 'Invalid')(request, response, socket)
    if (url.searchParams.has('watch')) return openWatch(url, response)
    const items = [...objects.values()]
    return json(200, { metadata: { resourceVersion: String(version) }, items })(request, response, socket)
  })

  return {
    server,
    put: name => {
      version += 1
      const known = objects.has(name)
      const object = raw(name, version)
      objects.set(name, object)
      announce(known ? 'MODIFIED' : 'ADDED', object)
    },
    remove: name => {
      version += 1
      if (objects.delete(name)) announce('DELETED', raw(name, version))
    },
    watches: () => [...watches],
    disturb: next => {
      fault = next
      nth = 0
    },
    version: () => version,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
