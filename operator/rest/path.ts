import { ORCHESTRATOR_GROUP } from '../api/names.ts'
import { Failure } from './failure.ts'

/** The prefix that kube-apiserver passes on, and the short one of the direct door. */
export const GROUP_PREFIX = `/apis/${ORCHESTRATOR_GROUP}/v1`
export const SHORT_PREFIX = '/v1'

export type ParsedUrl = {
  /** As it was sent. */
  readonly path: string
  /** Those after the prefix, decoded; undefined for a path that the surface does not serve. */
  readonly segments: readonly string[] | undefined
  readonly query: URLSearchParams
}

const LONGEST_URL = 8_192

/**
 * Reads a request target exactly once, so that what is authorized is what is served.
 *
 * Nothing is normalized: an empty segment, `.`, `..`, an encoded slash, backslash or control character is refused,
 * because another server on the way may have read it differently.
 *
 * @throws Failure 400 or 414 that names the segment
 */
export function parseUrl(target: string): ParsedUrl {
  if (target.length > LONGEST_URL)
    throw new Failure({
      code: 414,
      reason: 'BadRequest',
      error: 'url_too_long',
      message: `the request's path and query are longer than ${LONGEST_URL} characters`,
    })
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  const query = new URLSearchParams(question < 0 ? '' : target.slice(question + 1))
  if (!path.startsWith('/')) throw badPath(path, 'it does not start with "/"')
  const prefix = [GROUP_PREFIX, SHORT_PREFIX].find(known => path === known || path.startsWith(`${known}/`))
  if (prefix === undefined || path === prefix) return { path, segments: undefined, query }
  const raw = path.slice(prefix.length + 1).split('/')
  return { path, segments: raw.map((text, index) => segment(text, index, path)), query }
}

function segment(text: string, index: number, path: string): string {
  const place = `segment ${index + 1}, "${printable(text)}",`
  if (text === '') throw badPath(path, `segment ${index + 1} is empty`)
  if (/%(2f|5c)/i.test(text) || text.includes('\\')) throw badPath(path, `${place} has an encoded slash or a backslash`)
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    throw badPath(path, `${place} is not percent-encoded UTF-8`)
  }
  if (decoded === '.' || decoded === '..') throw badPath(path, `${place} is a relative step`)
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(decoded)) throw badPath(path, `${place} has a control character`)
  if (decoded.includes('%')) throw badPath(path, `${place} is encoded twice`)
  return decoded
}

function badPath(path: string, what: string): Failure {
  return new Failure({
    code: 400,
    reason: 'BadRequest',
    error: 'bad_path',
    message: `the path ${printable(path)} cannot be served: ${what}; paths look like /v1/rollouts/{plan_id}/recover`,
    causes: [{ field: 'path', message: what }],
  })
}

/** Text from outside in a message for people: short, and nothing a terminal would obey. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  const safe = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd')
  return safe.length > 200 ? `${safe.slice(0, 200)}…` : safe
}
