import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Ask, askOf } from './ask.ts'
import { pass } from './fate.ts'
import { type Lane, startLane } from './lane.ts'
import type { MaskedTrace } from './masked-trace.ts'
import { PLURALS } from './observer.ts'
import { reportOn } from './run.ts'
import type { TracedWrite } from './trace.ts'
import { CACHE, rigHash } from './tree.ts'
import type { Workload } from './workload.ts'
import { WORKLOADS } from './workloads/all.ts'

/** An undisturbed run of a workload: what disturbed ones are held against. */
export type Reference = {
  readonly endState: unknown
  readonly trace: MaskedTrace
  /** Of class `write`, in their order. */
  readonly writes: readonly Pick<TracedWrite, 'number' | 'verb' | 'resource' | 'object'>[]
  /** How often each kind of thing was asked for. */
  readonly asks: Readonly<Partial<Record<Ask, number>>>
  /** How many versions of each collection there were. */
  readonly versions: Readonly<Record<string, number>>
}

export type References = {
  /** Rejects when the undisturbed run has a flaw. */
  of(workload: Workload): Promise<Reference>
  /** Ends what they are made on, until another one is asked for. */
  close(): Promise<void>
}

/** So many undisturbed runs are under way at once: most of each is waiting whether more is written. */
const AT_ONCE = 4

/** Makes references when they are asked for, on a lane of its own, and keeps them for the next process. */
export function createReferences(): References {
  const file = join(CACHE, `references-${rigHash('test/faults/reference.ts')}.json`)
  const known: Promise<Map<string, Reference>> = readFile(file, 'utf8').then(
    text => new Map(Object.entries(JSON.parse(text) as Record<string, Reference>)),
    () => new Map(),
  )
  let lane: Promise<Lane> | undefined
  const made = new Map<string, Promise<Reference>>()
  const places = Array.from({ length: AT_ONCE }, (): Promise<unknown> => Promise.resolve())

  const make = async (workload: Workload): Promise<Reference> => {
    lane ??= startLane('reference')
    const { run, log } = await lane
    const result = await run(workload, pass)
    if (result.flaws.length > 0)
      throw new Error(reportOn(`undisturbed run of ${workload.name}`, workload.name, result, await log()))
    const writes = result.trace
      .filter(write => write.class === 'write')
      .map(({ number, verb, resource, object }) => ({ number, verb, resource, object }))
    const asks = counted([...result.trace, ...result.reads].flatMap(request => askOf(request) ?? []))
    const versions = counted(result.history.map(({ kind }) => PLURALS[kind]))
    const endState = JSON.parse(JSON.stringify(result.endState)) as unknown
    const reference: Reference = { endState, trace: result.masked, writes, asks, versions }
    ;(await known).set(workload.name, reference)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify(Object.fromEntries(await known)))
    return reference
  }
  const of = async (workload: Workload): Promise<Reference> => {
    const stored = (await known).get(workload.name)
    if (stored) return stored
    const running = made.get(workload.name)
    if (running) return await running
    const place = made.size % AT_ONCE
    const making = places[place]!.then(async () => await make(workload))
    places[place] = making.catch(() => {})
    made.set(workload.name, making)
    return await making
  }
  return {
    of,
    close: async () => {
      await Promise.all(places)
      await (await lane)?.stop()
      lane = undefined
    },
  }
}

export async function allReferences(references: References): Promise<readonly (readonly [Workload, Reference])[]> {
  return await Promise.all(WORKLOADS.map(async workload => [workload, await references.of(workload)] as const))
}

function counted<T extends string>(names: readonly T[]): Partial<Record<T, number>> & Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts as Partial<Record<T, number>> & Record<string, number>
}
