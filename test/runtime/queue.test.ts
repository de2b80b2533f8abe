import { expect } from 'chai'
import { createQueue } from '../../operator/runtime/queue.ts'
import type { Queue, QueueMetrics } from '../../operator/runtime/queue.ts'
import { fakeClock } from './fake-clock.ts'

/** A metrics recorder that keeps the last depth and counts the rest. */
function counting(): QueueMetrics & { readonly seen: Record<string, number[]> } {
  const seen: Record<string, number[]> = { depth: [], added: [], retried: [], waited: [], worked: [] }
  return {
    seen,
    depth: keys => void seen.depth?.push(keys),
    added: () => void seen.added?.push(1),
    retried: () => void seen.retried?.push(1),
    waited: seconds => void seen.waited?.push(seconds),
    worked: seconds => void seen.worked?.push(seconds),
  }
}

/** Takes and gives back everything that is ready. */
async function drain(queue: Queue): Promise<string[]> {
  const keys: string[] = []
  while (queue.depth() > 0) {
    const key = (await queue.take()) ?? ''
    keys.push(key)
    queue.done(key)
  }
  return keys
}

describe('queue', () => {
  const setUp = () => {
    const clock = fakeClock()
    const metrics = counting()
    return { clock, metrics, queue: createQueue({ clock, metrics, random: () => 1 }) }
  }

  it('hands keys out in the order they came', async () => {
    const { queue } = setUp()
    for (const key of ['a', 'b', 'c']) queue.add(key)
    expect(await drain(queue)).to.deep.equal(['a', 'b', 'c'])
  })

  it('hands a key out once however often it was added', async () => {
    const { queue, metrics } = setUp()
    for (let time = 0; time < 5; time += 1) queue.add('a')
    expect(await drain(queue)).to.deep.equal(['a'])
    expect(metrics.seen.added).to.have.length(1)
  })

  it('gives a waiting taker a key as soon as one is added', async () => {
    const { queue } = setUp()
    const taken = queue.take()
    queue.add('a')
    expect(await taken).to.equal('a')
  })

  it('never hands a key to two workers, and hands it out again once the first is done', async () => {
    const { queue } = setUp()
    queue.add('a')
    await queue.take()
    queue.add('a')
    expect(queue.depth()).to.equal(0)
    queue.done('a')
    expect(await drain(queue)).to.deep.equal(['a'])
  })

  it('does not hand a key out again that was not added while it was worked on', async () => {
    const { queue } = setUp()
    queue.add('a')
    await queue.take()
    queue.done('a')
    expect(queue.depth()).to.equal(0)
  })

  it('hands a delayed key out when its time has come', async () => {
    const { queue, clock } = setUp()
    queue.addAfter('a', 1000)
    await clock.advance(999)
    expect(queue.depth()).to.equal(0)
    await clock.advance(1)
    expect(await drain(queue)).to.deep.equal(['a'])
  })

  it('keeps the earliest of several delays', async () => {
    for (const delays of [
      [1000, 5000],
      [5000, 1000],
    ]) {
      const { queue, clock } = setUp()
      for (const ms of delays) queue.addAfter('a', ms)
      await clock.advance(1000)
      expect(await drain(queue)).to.deep.equal(['a'])
      await clock.advance(10_000)
      expect(queue.depth()).to.equal(0)
    }
  })

  it('keeps a delay when the key is added at once in between', async () => {
    const { queue, clock } = setUp()
    queue.addAfter('a', 1000)
    queue.add('a')
    expect(await drain(queue)).to.deep.equal(['a'])
    await clock.advance(1000)
    expect(await drain(queue)).to.deep.equal(['a'])
  })

  it('lets the low lane wait for the normal one', async () => {
    const { queue } = setUp()
    queue.add('resync-1', 'low')
    queue.add('resync-2', 'low')
    queue.add('event')
    expect(await drain(queue)).to.deep.equal(['event', 'resync-1', 'resync-2'])
  })

  it('moves a key to the normal lane when something happens to it', async () => {
    const { queue } = setUp()
    queue.add('a', 'low')
    queue.add('b', 'low')
    queue.add('b')
    expect(await drain(queue)).to.deep.equal(['b', 'a'])
  })

  it('does not starve the low lane', async () => {
    const { queue } = setUp()
    queue.add('resync', 'low')
    for (let count = 0; count < 20; count += 1) queue.add(`event-${count}`)
    expect((await drain(queue)).indexOf('resync')).to.be.at.most(8)
  })

  it('doubles the delay of a key that is retried, up to a minute, and starts afresh when it is forgotten', async () => {
    const { queue, clock } = setUp()
    const delayOfRetry = async () => {
      const since = clock.monotonic()
      queue.retry('a')
      while (queue.depth() === 0) await clock.advance(5)
      await drain(queue)
      return clock.monotonic() - since
    }
    expect([await delayOfRetry(), await delayOfRetry(), await delayOfRetry()]).to.deep.equal([5, 10, 20])
    queue.forget('a')
    expect(queue.failures('a')).to.equal(0)
    expect(await delayOfRetry()).to.equal(5)
    for (let time = 0; time < 12; time += 1) await delayOfRetry()
    expect(queue.failures('a')).to.equal(13)
    await clock.advance(0)
    queue.retry('b', 90_000)
    await clock.advance(89_999)
    expect(queue.depth()).to.equal(0)
    await clock.advance(1)
    expect(queue.depth()).to.equal(1)
  })

  it('wakes its takers and drops its keys on shutdown', async () => {
    const { queue, clock } = setUp()
    const taken = queue.take()
    queue.addAfter('later', 10)
    queue.shutdown()
    expect(await taken).to.equal(undefined)
    queue.add('a')
    queue.retry('a')
    await clock.advance(60_000)
    expect(await queue.take()).to.equal(undefined)
    expect(clock.pending()).to.equal(0)
  })

  it('measures how long keys wait and are worked on', async () => {
    const { queue, clock, metrics } = setUp()
    queue.add('a')
    await clock.advance(2000)
    await queue.take()
    await clock.advance(3000)
    queue.done('a')
    expect(metrics.seen.waited).to.deep.equal([2])
    expect(metrics.seen.worked).to.deep.equal([3])
    expect(metrics.seen.depth?.at(-1)).to.equal(0)
  })
})
