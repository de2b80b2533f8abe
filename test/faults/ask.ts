import type { IncomingRequest } from './fate.ts'

/** What a rollout asks of the API server, by kind. Its lists are watches that begin with the present state. */
export const ASKS = ['watch', 'get', 'plan-status', 'recovery-status', 'node', 'revision', 'lease', 'event'] as const
export type Ask = (typeof ASKS)[number]

/** Undefined for what a rollout without gates does not ask for. */
export function askOf({
  class: kind,
  verb,
  resource,
}: Pick<IncomingRequest, 'class' | 'verb' | 'resource'>): Ask | undefined {
  if (resource === 'leases') return 'lease'
  if (verb === 'watch' || verb === 'list') return 'watch'
  if (verb === 'get') return 'get'
  if (kind === 'event') return 'event'
  switch (resource) {
    case 'rolloutplans/status':
      return 'plan-status'
    case 'rolloutrecoveries/status':
      return 'recovery-status'
    case 'nodes':
      return 'node'
    case 'controllerrevisions':
      return 'revision'
    default:
      return undefined
  }
}
