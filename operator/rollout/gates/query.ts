import type { QUERY_VARIABLES } from '../../api/metric.ts'

export type QueryVariables = {
  readonly [name in Exclude<(typeof QUERY_VARIABLES)[number], 'nodes'>]: string
} & { readonly nodes: readonly string[] }

/** Most bytes of a query with everything filled in: the names of ten thousand nodes, 50 characters each. */
export const LONGEST_QUERY = 512 * 1024

const VARIABLE = /\{\{([^{}]*)\}\}/g
/** A comment, a string in one of the three ways of PromQL to quote, with what stands before it, or anything else. */
const TOKEN = /#[^\n]*|(?<operator>[=!]~)?(?<space>\s*)(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|[\s\S]/g

/**
 * The query with its variables filled in, or why that cannot be done.
 *
 * A value is escaped for the place where it stands: as a literal in a string, and as a regular expression that matches
 * nothing but it where the string is matched by =~ or !~. `{{nodes}}` is the alternatives of all names in the second, and
 * has no meaning in the first unless there is one name.
 */
export function fillIn(
  query: string,
  variables: QueryVariables,
): { readonly query: string } | { readonly trouble: string } {
  const stray = strayVariables(query)
  if (stray.length > 0) return { trouble: `the query names ${stray.join(', ')} outside of quotes` }
  if (variables.nodes.length === 0 && query.includes('{{nodes}}'))
    return { trouble: 'the stage has no nodes to ask about' }
  let literalNodes = false
  const filled = query.replaceAll(TOKEN, (token, operator: string | undefined, _space, _at, _all) => {
    const quote = token.trimEnd().at(-1)
    if (!isQuoted(token) || quote === undefined) return token
    const isRegex = operator !== undefined
    return token.replaceAll(VARIABLE, (whole, name: string) => {
      if (name === 'nodes') {
        if (!isRegex && variables.nodes.length > 1) literalNodes = true
        return variables.nodes.map(node => escaped(node, isRegex, quote)).join('|')
      }
      const value = valueOf(variables, name)
      return value === undefined ? whole : escaped(value, isRegex, quote)
    })
  })
  if (literalNodes)
    return { trouble: 'the query compares with "{{nodes}}": match by =~ or !~, for it stands for several names' }
  const bytes = Buffer.byteLength(filled)
  if (bytes > LONGEST_QUERY)
    return {
      trouble: `with the names of ${variables.nodes.length} nodes the query has ${bytes} bytes, more than ${LONGEST_QUERY}: select by {{release}} or a label of the nodes instead`,
    }
  return { query: filled }
}

/** Variables that do not stand within quotes: there is no place where they would mean something. */
export function strayVariables(query: string): readonly string[] {
  const bare = query.replaceAll(TOKEN, token => (isQuoted(token) || token.startsWith('#') ? ' ' : token))
  return [...new Set(bare.match(VARIABLE) ?? [])]
}

const UNITS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/**
 * How far back a query looks, in milliseconds, as far as it says so itself: its longest range, with its subqueries' and
 * its longest offset added. At least that much; a recording rule has a window of its own, which nobody can see here.
 */
export function windowOf(query: string): number {
  const bare = query.replaceAll(TOKEN, token => (isQuoted(token) || token.startsWith('#') ? ' ' : token))
  let [longest, subqueries, offset] = [0, 0, 0]
  for (const [, range = '', isSubquery] of bare.matchAll(/\[\s*([0-9a-z]+)\s*(:[^\]]*)?\]/g)) {
    const length = durationOf(range)
    if (isSubquery === undefined) longest = Math.max(longest, length)
    else subqueries += length
  }
  for (const [, back = ''] of bare.matchAll(/\boffset\s+([0-9a-z]+)/g)) offset = Math.max(offset, durationOf(back))
  return longest + subqueries + offset
}

function durationOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  let sum = 0
  for (const [, count = '0', unit = ''] of text.matchAll(/(\d+)(ms|[smhdwy])/g))
    sum += Number(count) * (UNITS[unit] ?? 0)
  return sum
}

function isQuoted(token: string): boolean {
  return /["'`]$/.test(token) && token.length > 1
}

function valueOf(variables: QueryVariables, name: string): string | undefined {
  const { nodes: _, ...texts } = variables
  return new Map(Object.entries(texts)).get(name)
}

/** A character class needs no backslash, so it means the same in each of the three ways to quote. */
function escaped(value: string, isRegex: boolean, quote: string): string {
  const text = isRegex ? value.replaceAll(/[.+*?()|[\]{}$]/g, '[$&]').replaceAll(/[\\^]/g, '\\$&') : value
  if (quote === '`') return text.replaceAll('`', '')
  return text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n')
}
