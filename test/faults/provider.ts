import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a Prometheus answers for one run: one number, or that it cannot. */
export type ProviderState = { readonly kind: 'value'; readonly value: number } | { readonly kind: 'failing' }

/** Stands in for the Prometheus of every run of a ground: no real one fails, and works again, at a given moment. */
export type Provider = {
  /** What plans of the run give their gates. */
  address(run: string): string
  set(run: string, state: ProviderState): void
  close(): Promise<void>
}

export async function startProvider(): Promise<Provider> {
  const states = new Map<string, ProviderState>()
  const server = createServer((request, response) => {
    const run = request.url?.split('/')[1] ?? ''
    const state = states.get(run) ?? { kind: 'failing' }
    request.resume()
    if (state.kind === 'failing') return void response.writeHead(503).end()
    const result = [Date.now() / 1000, String(state.value)]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'scalar', result } }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: run => `http://127.0.0.1:${port}/${run}`,
    set: (run, state) => void states.set(run, state),
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
