import { Failure } from './failure.ts'
import { printable } from './path.ts'

/** Parameters that Kubernetes clients add to any request, and that mean nothing here. */
const IGNORED = new Set([
  'pretty',
  'fieldManager',
  'fieldValidation',
  'timeout',
  'timeoutSeconds',
  'includeObject',
  'watch',
  'resourceVersion',
  'resourceVersionMatch',
  'allowWatchBookmarks',
  'propagationPolicy',
  'gracePeriodSeconds',
])

/** @throws Failure 400 for a parameter that is not one of `known`, or is given twice: a typing error must not widen a request */
export function checkParameters(query: URLSearchParams, known: readonly string[]): void {
  for (const name of new Set(query.keys())) {
    if (!IGNORED.has(name) && !known.includes(name)) {
      const served = known.length > 0 ? `; known here: ${known.join(', ')}` : ''
      throw badParameter(name, `is not known${served}`)
    }
    if (query.getAll(name).length > 1) throw badParameter(name, 'is given more than once')
  }
}

/** @throws Failure 400 unless it is a whole number from `least` to `most`, or absent */
export function integer(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most) return value
  throw badParameter(name, `must be a whole number from ${least} to ${most}, not "${printable(text)}"`)
}

/** @throws Failure 400 unless it is one of `words`, or absent */
export function oneOf<const W extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly W[],
): W | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const word = words.find(known => known === text)
  if (word !== undefined) return word
  throw badParameter(name, `must be one of ${words.join(', ')}, not "${printable(text)}"`)
}

/** Whether the request is to have no effect. @throws Failure 400 for a value that is not `All` */
export function isDryRun(query: URLSearchParams): boolean {
  return query.has('dryRun') && checkDryRun(query.getAll('dryRun'))
}

/** `dryRun` as DeleteOptions and the query have it. */
export function checkDryRun(values: readonly unknown[]): boolean {
  const other = values.find(value => value !== 'All')
  if (other !== undefined) throw badParameter('dryRun', `must be All, not "${printable(String(other))}"`)
  return values.length > 0
}

export function badParameter(name: string, what: string): Failure {
  const field = `?${printable(name)}`
  return new Failure({
    code: 400,
    reason: 'BadRequest',
    error: 'bad_parameter',
    message: `the parameter ${printable(name)} ${what}`,
    causes: [{ field, message: what }],
  })
}
