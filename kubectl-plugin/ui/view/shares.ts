import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'

export type Stage = RolloutBody['stages'][number]
export type Counts = NonNullable<Stage['counts']>

/** In the order in which a bar shows them. */
export const KINDS = ['activated', 'inFlight', 'failed', 'unreachable', 'pending', 'gone'] as const
export type Kind = (typeof KINDS)[number]

/** Nodes by what a person calls their state. */
export type Shares = { readonly [kind in Kind]: number }

export const NOBODY: Shares = { activated: 0, inFlight: 0, failed: 0, unreachable: 0, pending: 0, gone: 0 }

export const WORDS: { readonly [kind in Kind]: string } = {
  activated: 'activated',
  inFlight: 'in flight',
  failed: 'failed',
  unreachable: 'unreachable',
  pending: 'not reached',
  gone: 'deleted',
}

export function sharesOf(counts: Counts | undefined): Shares {
  if (counts === undefined) return NOBODY
  const { activated, activating: inFlight, failed, unreachable, pending, gone } = counts
  return { activated, inFlight, failed, unreachable, pending, gone }
}

export function sum(all: readonly Shares[]): Shares {
  return Object.fromEntries(
    KINDS.map(kind => [kind, all.reduce((total, shares) => total + shares[kind], 0)]),
  ) as unknown as Shares
}

export function totalOf(shares: Shares): number {
  return KINDS.reduce((total, kind) => total + shares[kind], 0)
}

/** `3 activated, 2 failed`: what is there, in words. */
export function sentence(shares: Shares, kinds: readonly Kind[] = KINDS): string {
  return kinds
    .filter(kind => shares[kind] > 0)
    .map(kind => `${count(shares[kind])} ${WORDS[kind]}`)
    .join(', ')
}

/** With thin separators from ten thousand on, as people read large numbers: `12 345`. */
export function count(value: number): string {
  return value < 10_000 ? String(value) : String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}

export function nodes(value: number): string {
  return value === 1 ? '1 node' : `${count(value)} nodes`
}
