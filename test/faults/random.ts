import { createHash } from 'node:crypto'

/** Numbers that are the same for the same seed and words, whatever else was drawn before. */
export type Random = {
  /** At least 0, and below the limit. */
  below(limit: number): number
  pick<T>(from: readonly T[]): T
  /** True with that probability. */
  chance(probability: number): boolean
}

export function random(seed: number, ...words: readonly (string | number)[]): Random {
  let count = 0
  const next = (): number => {
    const text = [seed, ...words, (count += 1)].join('/')
    return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
  }
  return {
    below: limit => Math.floor(next() * limit),
    pick: from => {
      const chosen = from[Math.floor(next() * from.length)]
      if (chosen === undefined) throw new Error('there is nothing to pick from')
      return chosen
    },
    chance: probability => next() < probability,
  }
}

/** So many of them, at random, in their order; all when there are not so many. */
export function drawn<T>(from: readonly T[], size: number, seed: number, ...words: readonly string[]): readonly T[] {
  const { below } = random(seed, ...words)
  const left = from.map((_, position) => position)
  const taken = new Set<number>()
  while (taken.size < Math.min(size, from.length)) taken.add(left.splice(below(left.length), 1)[0]!)
  return from.filter((_, position) => taken.has(position))
}
