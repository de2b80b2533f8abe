import type { Clock } from './clock.ts'

export type TokenBuckets = {
  /** Takes a token of the key's bucket; false when it is empty. */
  take(key: string): boolean
}

/**
 * One bucket a key: `burst` tokens at first, one more every `refillMs`. At most `keys` buckets are kept; the one longest
 * unused is forgotten first, which at worst gives its key a fresh burst.
 */
export function createTokenBuckets(
  clock: Clock,
  options: { readonly burst: number; readonly refillMs: number; readonly keys: number },
): TokenBuckets {
  const { burst, refillMs, keys } = options
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>()
  return {
    take: key => {
      const now = clock.monotonic()
      const last = buckets.get(key) ?? { tokens: burst, at: now }
      const tokens = Math.min(burst, last.tokens + (now - last.at) / refillMs)
      buckets.delete(key)
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
      if (buckets.size > keys) for (const oldest of buckets.keys()) return buckets.delete(oldest) && tokens >= 1
      return tokens >= 1
    },
  }
}
