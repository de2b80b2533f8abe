import { expect } from 'chai'
import { createTokenBuckets } from '../../operator/runtime/token-bucket.ts'
import { fakeClock } from './fake-clock.ts'

describe('token buckets', () => {
  const take = (buckets: ReturnType<typeof createTokenBuckets>, key: string, times: number) =>
    Array.from({ length: times }, () => buckets.take(key)).filter(Boolean).length

  it('give each key its burst, then one token a period, saving up to a burst', async () => {
    const clock = fakeClock()
    const buckets = createTokenBuckets(clock, { burst: 3, refillMs: 1_000, keys: 10 })
    expect(take(buckets, 'a', 5)).to.equal(3)
    expect(take(buckets, 'b', 5)).to.equal(3)
    await clock.advance(1_500)
    expect(take(buckets, 'a', 5)).to.equal(1)
    await clock.advance(500)
    expect(take(buckets, 'a', 5)).to.equal(1)
    await clock.advance(60_000)
    expect(take(buckets, 'a', 5)).to.equal(3)
  })

  it('forget the key longest unused when there are too many', () => {
    const buckets = createTokenBuckets(fakeClock(), { burst: 1, refillMs: 1_000, keys: 2 })
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map(key => buckets.take(key))).to.deep.equal([
      true,
      true,
      false,
      true,
      false,
      true,
    ])
  })
})
