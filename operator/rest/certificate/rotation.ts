import { type Bundle, dueAt, isSignedBy, isUsable, isValidFor, lifeOf } from './bundle.ts'
import { type KeyPair, issueAuthority, issueServing } from './issue.ts'

export type Lifetimes = {
  readonly authorityMs: number
  readonly servingMs: number
  /** So long a new authority is published before it signs: everybody who verifies us has read it by then. */
  readonly overlapMs: number
}

const DAY = 86_400_000
export const LIFETIMES: Lifetimes = { authorityMs: 730 * DAY, servingMs: 90 * DAY, overlapMs: 600_000 }

/**
 * The next step, one at a time, so that what is trusted and what is served never change together:
 *
 * - `create`: nothing usable is there.
 * - `publish`: the authority is at two thirds of its life; a new one is published beside it.
 * - `switch`: the new one has been published long enough; it signs from now on, and the old one stays trusted.
 * - `renew`: the serving certificate is at two thirds of its life, is not for these names, or cannot be used.
 * - `drop`: an old authority has expired.
 * - `rest`: nothing to do until `until`.
 */
export type Step =
  | { readonly kind: 'create' | 'publish' | 'switch' | 'renew' | 'drop' }
  | { readonly kind: 'rest'; readonly until: number }

export function nextStep(
  bundle: Bundle | undefined,
  names: readonly string[],
  now: number,
  lifetimes: Lifetimes,
): Step {
  if (!bundle || !isUsable(bundle.authority) || lifeOf(bundle.authority.cert).to <= now) return { kind: 'create' }
  const { authority, next, former, serving, changedAt } = bundle
  const own = isUsable(serving) && isSignedBy(serving.cert, authority.cert) && isValidFor(serving.cert, names)
  if (!own || now >= dueAt(serving.cert)) return { kind: 'renew' }
  if (next === undefined && now >= dueAt(authority.cert)) return { kind: 'publish' }
  if (next !== undefined && now >= changedAt + lifetimes.overlapMs) return { kind: 'switch' }
  if (former.some(cert => lifeOf(cert).to <= now)) return { kind: 'drop' }
  const ends = [
    dueAt(serving.cert),
    next === undefined ? dueAt(authority.cert) : changedAt + lifetimes.overlapMs,
    ...former.map(cert => lifeOf(cert).to),
  ]
  return { kind: 'rest', until: Math.min(...ends) }
}

/** Carries a step out. The result is written in one piece. */
export async function takeStep(
  kind: Exclude<Step['kind'], 'rest'>,
  bundle: Bundle | undefined,
  names: readonly string[],
  now: number,
  lifetimes: Lifetimes,
): Promise<Bundle> {
  const serve = async (authority: KeyPair) => await issueServing(authority, names, now, lifetimes.servingMs)
  const found = async () =>
    await issueAuthority(`autonomy-rollouts-${new Date(now).toISOString()}`, now, lifetimes.authorityMs)
  if (bundle === undefined || kind === 'create') {
    const authority = await found()
    return { authority, next: undefined, former: [], serving: await serve(authority), changedAt: now }
  }
  switch (kind) {
    case 'publish':
      return { ...bundle, next: await found(), changedAt: now }
    case 'switch': {
      const { next, authority, former } = bundle
      if (next === undefined) return bundle
      return {
        authority: next,
        next: undefined,
        former: [authority.cert, ...former],
        serving: await serve(next),
        changedAt: now,
      }
    }
    case 'renew':
      return { ...bundle, serving: await serve(bundle.authority) }
    case 'drop':
      return { ...bundle, former: bundle.former.filter(cert => lifeOf(cert).to > now) }
  }
}
