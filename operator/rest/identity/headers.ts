import type { RequestHeaders } from './front-proxy.ts'

/** What the API server says of the caller in its headers. */
export type ProxiedUser = {
  readonly user: string
  readonly uid: string | undefined
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
}

/**
 * Reads the caller from a request that the API server passed on
 * (k8s.io/apiserver/pkg/authentication/request/headerrequest).
 *
 * Reads raw pairs: Node joins repeated headers with a comma, and the groups `a,b` and `c` would become one text.
 * Header bytes come as latin1 and mean UTF-8.
 *
 * @returns undefined when no user is named
 */
export function proxiedUser(rawHeaders: readonly string[], names: RequestHeaders): ProxiedUser | undefined {
  const pairs = pairsOf(rawHeaders)
  const valuesOf = (wanted: readonly string[]) =>
    wanted.flatMap(name => pairs.filter(([key]) => key === name.toLowerCase()).map(([, value]) => value))
  const user = valuesOf(names.username).find(value => value !== '')
  if (user === undefined) return undefined
  return {
    user,
    uid: valuesOf(names.uid).find(value => value !== ''),
    groups: valuesOf(names.group).filter(value => value !== ''),
    extra: extraOf(pairs, names.extraPrefixes),
  }
}

type Pair = readonly [name: string, value: string]

function pairsOf(raw: readonly string[]): readonly Pair[] {
  const pairs: Pair[] = []
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([(raw[index] ?? '').toLowerCase(), Buffer.from(raw[index + 1] ?? '', 'latin1').toString('utf8')])
  return pairs
}

function extraOf(pairs: readonly Pair[], prefixes: readonly string[]): ProxiedUser['extra'] {
  const extra = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const prefix = prefixes.find(known => name.startsWith(known.toLowerCase()))
    if (prefix === undefined) continue
    const key = unescaped(name.slice(prefix.length))
    extra.set(key, [...(extra.get(key) ?? []), value])
  }
  return Object.fromEntries(extra)
}

/** The API server percent-encodes what a header name cannot hold; what is no such encoding stays as it is. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
