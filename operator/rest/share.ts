import { Failure } from './failure.ts'

/** Requests of the surface that are under way at once, those whose answer is still being read included. */
const MOST = 500
/** Of them, those of one caller: nobody may keep all others out. */
const MOST_OF_ONE = 200

/**
 * Counts requests under way. What is served from memory (discovery, health) is not counted: kube-apiserver takes the whole
 * API for dead when it is refused, and then no namespace of the cluster can be deleted.
 */
export function shares(): {
  /** @returns gives the share back; harmless when called again @throws Failure 429 */
  readonly take: (user: string) => () => void
} {
  const byUser = new Map<string, number>()
  let all = 0
  return {
    take: user => {
      const own = byUser.get(user) ?? 0
      if (all >= MOST) throw overloaded(`${MOST} requests are being served`)
      if (own >= MOST_OF_ONE) throw overloaded(`${MOST_OF_ONE} requests of yours are being served`)
      byUser.set(user, own + 1)
      all += 1
      let given = false
      return () => {
        if (given) return
        given = true
        all -= 1
        const left = (byUser.get(user) ?? 1) - 1
        if (left === 0) byUser.delete(user)
        else byUser.set(user, left)
      }
    },
  }
}

function overloaded(why: string): Failure {
  return new Failure({
    code: 429,
    reason: 'TooManyRequests',
    error: 'too_many_requests',
    message: `${why} at this moment; come back in a second`,
    retryAfterSeconds: 1,
  })
}
