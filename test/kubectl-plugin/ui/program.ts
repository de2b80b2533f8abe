import { type Clock, systemClock } from '../../../operator/runtime/clock.ts'
import { createOrchestrator } from '../../../kubectl-plugin/orchestrator/client.ts'
import type { HttpRequest } from '../../../kubectl-plugin/orchestrator/exchange.ts'
import { OrchestratorError } from '../../../kubectl-plugin/orchestrator/trouble.ts'
import { watch } from '../../../kubectl-plugin/ui/watch.ts'

/** The view alone, over plain HTTP: `node program.ts URL [PLAN]`. Its clock begins at VIEW_BEGINS, an ISO time. */

const [address = '', plan] = process.argv.slice(2)
const begins = process.env['VIEW_BEGINS']
const system = systemClock()
const ahead = begins === undefined ? 0 : Date.parse(begins) - system.now()
const clock: Clock = { ...system, now: () => system.now() + ahead }

const orchestrator = createOrchestrator({
  address,
  exchange: async ({ method, path, query = {}, headers = {}, body, signal }: HttpRequest) => {
    const url = new URL(path, address)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value))
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    try {
      const answer = await fetch(url, {
        method,
        headers: { ...headers, 'content-type': 'application/json' },
        signal,
        ...sent,
      })
      return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
    } catch (error) {
      signal.throwIfAborted()
      const trouble = {
        kind: 'unreachable',
        request: `${method} ${path}`,
        address,
        code: 'connection_refused',
      } as const
      throw new OrchestratorError(trouble, `${address} refuses connections`, error)
    }
  },
})

const { stdin, stdout, stderr, env } = process
process.exitCode = await watch({
  orchestrator,
  ...(plan === undefined ? {} : { plan }),
  stdin,
  stdout,
  stderr,
  env,
  clock,
  signal: new AbortController().signal,
})
