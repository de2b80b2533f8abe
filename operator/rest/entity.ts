import { createHash } from 'node:crypto'

/** A document that is served again and again, with the tag that says which version of it somebody has. */
export type Entity = { readonly bytes: Buffer; readonly etag: string; readonly contentType: string }

export function entityOf(body: unknown, contentType = 'application/json'): Entity {
  const bytes = Buffer.from(JSON.stringify(body))
  return { bytes, contentType, etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"` }
}

/** Whether If-None-Match names this version (RFC 9110 §13.1.2: compared weakly, a list is allowed, `*` is any). */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some(candidate => {
    const tag = candidate.trim().replace(/^W\//, '')
    return tag === etag || tag === '*'
  })
}
