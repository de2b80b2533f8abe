import type { Fate } from './fate.ts'

const refuse = (code: number, reason: string) => ({ kind: 'refuse', code, reason }) as const

/** What an API server, or the network before it, may answer to any request. */
export const TROUBLES = {
  unauthorized: refuse(401, 'Unauthorized'),
  forbidden: refuse(403, 'Forbidden'),
  'not-served': { ...refuse(404, 'NotFound'), plain: true },
  conflict: refuse(409, 'Conflict'),
  gone: refuse(410, 'Expired'),
  'too-large': refuse(413, 'RequestEntityTooLarge'),
  invalid: refuse(422, 'Invalid'),
  throttled: refuse(429, 'TooManyRequests'),
  'throttled-for-a-second': { ...refuse(429, 'TooManyRequests'), retryAfterSeconds: 1 },
  broken: refuse(500, 'InternalError'),
  // What etcd's limit looks like from outside: there is no reason, and no code of its own.
  oversize: { ...refuse(500, ''), message: 'etcdserver: request is too large' },
  unavailable: refuse(503, 'ServiceUnavailable'),
  'timeout-when-committed': { ...refuse(504, 'Timeout'), after: 'commit' },
  reset: { kind: 'reset', after: 'nothing' },
  'reset-when-committed': { kind: 'reset', after: 'commit' },
  half: { kind: 'half' },
  garbage: { kind: 'garbage' },
  hang: { kind: 'hang' },
  drip: { kind: 'drip', everyMs: 50 },
} as const satisfies Readonly<Record<string, Fate>>
export type Trouble = keyof typeof TROUBLES
