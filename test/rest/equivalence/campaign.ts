import { isDeepStrictEqual } from 'node:util'
import { inspect } from 'node:util'
import type { Ground } from '../ground.ts'
import { FLEET } from '../ground.ts'
import { auditOf, play } from './compare.ts'
import { applyPath, restPath } from './path.ts'
import { PEOPLE, type Action, sequences } from './sequence.ts'

/** Sequences under way at once. */
const WORKERS = 8

export type Difference = { readonly actions: readonly Action[]; readonly rest: unknown; readonly apply: unknown }

/** Plays each sequence through both paths, on a plan of its own each, and tells which left something different behind. */
export async function compareAll(ground: Ground, count: number, seed: number): Promise<readonly Difference[]> {
  for (const role of ['admin', 'reporter'])
    await ground.succeed([
      'create',
      'clusterrolebinding',
      `equivalence-${role}`,
      `--clusterrole=autonomy-rollouts-${role}`,
      ...PEOPLE.map(user => `--user=${user}`),
    ])
  const callers = await Promise.all(PEOPLE.map(async user => await ground.aggregated(user)))
  const [reader] = callers
  if (!reader) throw new Error('nobody is there to read')
  const paths = [restPath(callers), applyPath(callers)] as const
  const all = sequences(count, seed).map((actions, index) => ({ actions, index }))
  const differences: Difference[] = []
  const next = all.values()
  const work = async () => {
    for (const { actions, index } of next) {
      const [rest, apply] = await Promise.all(
        paths.map(async path => await play(path, actions, `${path.name}-${index}`, reader)),
      )
      if (!isDeepStrictEqual(rest, apply)) differences.push({ actions, rest, apply })
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  const lines = Map.groupBy(ground.audit(), ({ resource }) => resource)
  const told = (plan: string) => auditOf({ audit: () => lines.get(`${FLEET}/${plan}`) ?? [] }, plan)
  for (const { actions, index } of all) {
    const [rest, apply] = paths.map(({ name }) => told(`${name}-${index}`))
    if (!isDeepStrictEqual(rest, apply)) differences.push({ actions, rest, apply })
  }
  return differences
}

export function inWords({ actions, rest, apply }: Difference): string {
  const show = (value: unknown) => inspect(value, { depth: 8, breakLength: 160 })
  return `${show(actions)}\nthrough REST: ${show(rest)}\nby kubectl apply: ${show(apply)}`
}
