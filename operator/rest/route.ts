import { Failure } from './failure.ts'
import { type Target, unknownPath } from './target.ts'
import type { Handler } from './exchange.ts'

/** One line of the surface: a method and a pattern, whose `:words` are handed to the handler by name. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Also the label of its metrics: `/rollouts/:plan/recover`. */
  readonly pattern: string
  readonly handle: Handler
}

export type Match = { readonly route: Route; readonly params: Params }
export type Params = { readonly [word: string]: string }

/**
 * Finds the route of a target. Routes are tried in their order, so that a literal word goes before a `:word`: a plan
 * cannot have the name of a report, and is not looked for under it.
 *
 * @throws Failure 404, or 405 with the methods that are served there
 */
export function routeOf(routes: readonly Route[], method: string, target: Target): Match {
  const { name, subresource, rest, verb } = target
  const words = ['rollouts', name, subresource, ...rest].filter(word => word !== undefined)
  const there = routes.flatMap(route => {
    const params = matched(route.pattern, words)
    return params === undefined ? [] : [{ route, params }]
  })
  if (there.length === 0) throw unknownPath(words)
  const first = there[0]!.route.pattern
  const here = there.filter(({ route }) => route.pattern === first)
  const asked = method === 'HEAD' ? 'GET' : method
  const found = verb === 'watch' ? undefined : here.find(({ route }) => route.method === asked)
  if (found) return found
  throw notAllowed(verb === 'watch' ? 'watching' : method, [...new Set(here.map(({ route }) => route.method))])
}

function matched(pattern: string, words: readonly string[]): Params | undefined {
  const parts = pattern.slice(1).split('/')
  if (parts.length !== words.length) return undefined
  const pairs = parts.map((part, index) => [part, words[index] ?? ''] as const)
  if (pairs.some(([part, word]) => !part.startsWith(':') && part !== word)) return undefined
  return Object.fromEntries(pairs.filter(([part]) => part.startsWith(':')).map(([part, word]) => [part.slice(1), word]))
}

export function notAllowed(what: string, methods: readonly string[]): Failure {
  const allow = methods.flatMap(method => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ')
  const hint = what === 'watching' ? '; poll with If-None-Match, or watch the RolloutPlan objects themselves' : ''
  return new Failure({
    code: 405,
    reason: 'MethodNotAllowed',
    error: 'method_not_allowed',
    message: `${what} is not served here, only ${allow}${hint}`,
    headers: { allow },
  })
}
