import { type EventFate, type StreamedEvent } from './stream.ts'
import { type Fate, type Faults, type IncomingRequest, type IncomingWrite, PASS, wordsOf } from './fate.ts'
import type { TracedRead, TracedWrite } from './trace.ts'

export type Scope = (about: { readonly object: string }) => boolean

/** One who looks at a part of the traffic, and says what becomes of it. */
export type Follower = {
  /** Requests that change something, as they come. */
  readonly trace: readonly TracedWrite[]
  readonly reads: readonly TracedRead[]
  /** Whether replicas have been told of an object, by a list or by a watch. */
  hasTold(resource: string, object: string): boolean
  leave(): void
}

export type Numbered = { readonly traced: TracedWrite | TracedRead; readonly fate: Fate }

/** Those who follow the traffic: what is in several scopes, or in none because it is about a whole collection, is asked of each until one interferes. */
export type Followers = {
  join(faults: Faults, scope: Scope): Follower
  /** Writes that were in nobody's scope. */
  strangers(): readonly TracedWrite[]
  request(request: Omit<IncomingRequest, 'number'>): Numbered
  event(event: Omit<StreamedEvent, 'number'>): EventFate
  /** A replica was told of an object. */
  told(event: Pick<StreamedEvent, 'resource' | 'object'>): void
}

/** One request may stand in several traces; what came of it is the same in all. */
type Outcome = { code: number | undefined }

type Member = {
  readonly faults: Faults
  readonly scope: Scope
  readonly trace: TracedWrite[]
  readonly reads: TracedRead[]
  readonly counts: Map<string, number>
  /** Resources and names of objects that replicas were told of. */
  readonly told: Set<string>
  /** By collection: the versions told of, by their resourceVersion, in the order of the first telling. */
  readonly versions: Map<string, Map<number, number>>
}

export function createFollowers(): Followers {
  const members = new Set<Member>()
  const strangers: TracedWrite[] = []

  /** Whom it concerns: leases, lists and watches are everybody's. */
  const concerned = ({ class: kind, verb, object }: Omit<IncomingRequest, 'number'>): Member[] => {
    const common = kind === 'lease' || (kind === 'read' && verb !== 'get')
    const own = [...members].filter(member => common || member.scope({ object }))
    return own.length > 0 || kind !== 'event' ? own : [...members]
  }

  const count = (counts: Map<string, number>, name: string): number => {
    const number = (counts.get(name) ?? 0) + 1
    counts.set(name, number)
    return number
  }

  const follow = (
    member: Member,
    request: Omit<IncomingRequest, 'number'>,
    settled: Fate,
    outcome: Outcome,
  ): Numbered => {
    const { faults, counts, trace, reads } = member
    const number = count(counts, request.class)
    const asked = settled.kind === 'pass' ? askedOf(faults, { ...request, number }) : settled
    const { body: _, ...about } = request
    const traced = Object.defineProperty(
      { ...about, number, at: performance.now(), code: undefined, fate: wordsOf(asked) },
      'code',
      {
        get: () => outcome.code,
        set(code: number) {
          outcome.code = code
        },
        enumerable: true,
      },
    )
    if (isRead(traced)) reads.push(traced)
    else trace.push(traced as TracedWrite)
    return { traced: traced as TracedWrite, fate: asked }
  }

  return {
    join: (faults, scope) => {
      const member = {
        faults,
        scope,
        trace: [],
        reads: [],
        counts: new Map(),
        versions: new Map(),
        told: new Set<string>(),
      }
      members.add(member)
      return {
        trace: member.trace,
        reads: member.reads,
        hasTold: (resource, object) => member.told.has(`${resource} ${object}`),
        leave: () => void members.delete(member),
      }
    },
    strangers: () => strangers,
    request: request => {
      let numbered: Numbered | undefined
      const outcome: Outcome = { code: undefined }
      for (const member of concerned(request)) {
        const next = follow(member, request, numbered?.fate ?? PASS, outcome)
        numbered = numbered === undefined || next.fate !== numbered.fate ? next : numbered
      }
      if (numbered !== undefined) return numbered
      const { body: _, ...about } = request
      const traced = { ...about, number: strangers.length + 1, at: performance.now(), code: undefined, fate: undefined }
      if (request.class === 'write') strangers.push(traced as TracedWrite)
      return { traced: traced as TracedWrite, fate: PASS }
    },
    told: ({ resource, object }) => {
      for (const { scope, told } of members) if (object !== '' && scope({ object })) told.add(`${resource} ${object}`)
    },
    event: event => {
      for (const { scope, faults, versions } of members) {
        if (event.object !== '' && !scope(event)) continue
        const numbers = versions.get(event.resource) ?? new Map<number, number>()
        versions.set(event.resource, numbers)
        const number = numbers.get(event.at) ?? numbers.size + 1
        if (event.object !== '') numbers.set(event.at, number)
        const fate = faults.events?.({ ...event, number }) ?? PASS
        if (fate.kind !== 'pass') return fate
      }
      return PASS
    },
  }
}

function askedOf({ writes, reads }: Faults, request: IncomingRequest): Fate {
  if (isRead(request)) return reads?.(request) ?? PASS
  return writes?.(request as IncomingWrite) ?? PASS
}

function isRead<T extends { readonly class: IncomingRequest['class'] }>(
  about: T,
): about is T & { readonly class: 'read' } {
  return about.class === 'read'
}
