/** What can go wrong with the local control plane. Callers branch on the code, never on the message. */
export type ClusterErrorCode =
  | 'go_missing'
  | 'go_too_old'
  | 'tool_build_failed'
  | 'tool_outdated'
  | 'tool_unusable'
  | 'tool_lock_timeout'
  | 'tool_missing'
  | 'component_failed'
  | 'not_in_time'
  | 'request_failed'
  | 'supervisor_lost'
  | 'bad_argument'
  | 'cluster_stopped'

export interface ClusterError extends Error {
  readonly code: ClusterErrorCode
}

/** Makes an error with a stable code; the message names what was wanted, what was found and what to do. */
export function clusterError(code: ClusterErrorCode, message: string, cause?: unknown): ClusterError {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code })
}

export function isClusterError(error: unknown): error is ClusterError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && CODES.has(error.code)
}

const CODES: ReadonlySet<string> = new Set<ClusterErrorCode>([
  'go_missing',
  'go_too_old',
  'tool_build_failed',
  'tool_outdated',
  'tool_unusable',
  'tool_lock_timeout',
  'tool_missing',
  'component_failed',
  'not_in_time',
  'request_failed',
  'supervisor_lost',
  'bad_argument',
  'cluster_stopped',
])

/** The `code` of a Node system error (`ENOENT`, `EEXIST`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
