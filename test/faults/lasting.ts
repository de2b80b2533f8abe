import { type Ask, askOf } from './ask.ts'
import { type Fate, type Faults, type IncomingRequest, PASS } from './fate.ts'

/** When a trouble begins. */
export type Onset =
  /** At the nth request of its kind. */
  | { readonly with: 'request'; readonly number: number }
  /** At the nth notification: all watches break, and it meets those that replace them. */
  | { readonly with: 'notification'; readonly number: number }
  /** At the nth write, whatever it is. */
  | { readonly with: 'write'; readonly number: number }

/** A trouble that lasts. */
export type Lasting = {
  readonly faults: Faults
  /** How long it has lasted, or lasts until now; undefined when it has not begun. */
  lastedMs(): number | undefined
}

/** Every request of a kind meets one fate, from its onset on, for so long. */
export function lasting(ask: Ask, fate: Fate, onset: Onset, forMs: number): Lasting {
  let since: number | undefined
  let [asked, told, written] = [0, 0, 0]
  const broken = new Set<string>()
  const begin = (): void => void (since ??= performance.now())
  const age = () => (since === undefined ? undefined : Math.min(performance.now() - since, forMs))
  const inForce = () => since !== undefined && performance.now() - since < forMs
  const meet = (request: IncomingRequest): Fate => {
    if (request.class === 'write' && (written += 1) === onset.number && onset.with === 'write') begin()
    if (askOf(request) !== ask) return PASS
    if ((asked += 1) === onset.number && onset.with === 'request') begin()
    return inForce() ? fate : PASS
  }
  return {
    lastedMs: age,
    faults: {
      writes: meet,
      reads: meet,
      events: ({ type, initial, resource }) => {
        if (type === 'BOOKMARK' || initial || onset.with !== 'notification') return PASS
        if ((told += 1) === onset.number) begin()
        if (!inForce() || broken.has(resource)) return PASS
        broken.add(resource)
        return { kind: 'cut' }
      },
    },
  }
}
