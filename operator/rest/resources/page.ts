import { badParameter, integer } from '../parameter.ts'

/** Items of an answer when the request sets no limit, and the most it may ask for. */
const MOST = 5_000

export type Page<T> = { readonly items: readonly T[]; readonly continue?: string; readonly remaining: number }

/**
 * Cuts a page out of sorted items. The token names the last item of the page before, so that items which come or go
 * between two pages neither repeat nor hide others.
 *
 * @param keyOf unique, and what the items are sorted by
 * @throws Failure 400 for a limit or a token that cannot be read
 */
export function pageOf<T>(sorted: readonly T[], keyOf: (item: T) => string, query: URLSearchParams): Page<T> {
  const limit = integer(query, 'limit', 0, 1_000_000)
  const token = query.get('continue')
  const after = token === null || token === '' ? undefined : readToken(token)
  const rest = after === undefined ? sorted : sorted.filter(item => keyOf(item) > after)
  const items = rest.slice(0, limit === undefined || limit === 0 ? MOST : Math.min(limit, MOST))
  const last = items.at(-1)
  const remaining = rest.length - items.length
  return { items, remaining, ...(remaining > 0 && last !== undefined ? { continue: writeToken(keyOf(last)) } : {}) }
}

function writeToken(key: string): string {
  return Buffer.from(`v1 ${key}`).toString('base64url')
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (text.startsWith('v1 ') && writeToken(text.slice(3)) === token) return text.slice(3)
  throw badParameter('continue', 'is no token of an answer before; leave it out to begin anew')
}
