import { linkAbort } from '../../../operator/runtime/abort.ts'
import type { Clock } from '../../../operator/runtime/clock.ts'
import { rememberEntities } from '../../orchestrator/entities.ts'
import type { Orchestrator } from '../../orchestrator/orchestrator.ts'
import { isOrchestratorError } from '../../orchestrator/trouble.ts'
import type { Answer, Event, Topic } from '../state/event.ts'
import { type Subject, sameSubject } from '../state/subject.ts'
import { follow } from './follow.ts'
import { createNudge } from './nudge.ts'
import { nodesReader, plansReader } from './read.ts'

export type FeedOptions = {
  readonly orchestrator: Orchestrator
  readonly clock: Clock
  readonly onEvent: (event: Event) => void
  /** An error in words for a person. */
  readonly explain: (error: unknown) => string
  /** Ends everything that is read. */
  readonly signal: AbortSignal
}

/** Keeps what is looked at up to date. */
export type Feed = AsyncDisposable & {
  /** Reads for this from now on, and for nothing else. */
  look(subject: Subject): void
  /** Reads at once: something was just done. */
  hurry(): void
}

/** Time from an answer to the next question; one that has not changed costs a header (ETag). */
const EVERY_MS: { readonly [topic in Topic]: number } = { plan: 1_000, history: 2_000, nodes: 2_000, plans: 2_000 }
const PATIENCE_MS = 15_000
const BACKOFF = { baseMs: 1_000, maxMs: 15_000 } as const

type Source = { readonly topic: Topic; readonly read: (signal: AbortSignal) => Promise<Answer> }

export function startFeed(options: FeedOptions): Feed {
  const { clock, onEvent, explain, signal } = options
  const nudge = createNudge()
  const entities = rememberEntities(16)
  let looking: { readonly subject: Subject; readonly end: () => void } | undefined
  const running = new Set<Promise<void>>()

  const begin = (source: Source, until: AbortSignal) => {
    const done = follow({
      read: source.read,
      onAnswer: answer => onEvent({ kind: 'answer', now: clock.now(), answer }),
      onFailure: ({ error, failures, retryAt }) =>
        onEvent({
          kind: 'failure',
          now: clock.now(),
          topic: source.topic,
          why: explain(error),
          answered: isNo(error),
          failures,
          retryAt,
        }),
      everyMs: EVERY_MS[source.topic],
      patienceMs: PATIENCE_MS,
      backoff: BACKOFF,
      nudge,
      clock,
      signal: until,
    }).finally(() => running.delete(done))
    running.add(done)
  }

  const end = () => {
    looking?.end()
    looking = undefined
  }
  return {
    look: subject => {
      if (looking !== undefined && sameSubject(looking.subject, subject)) return
      end()
      const link = linkAbort(signal)
      for (const source of sourcesOf(subject, options.orchestrator, entities)) begin(source, link.signal)
      looking = {
        subject,
        end: () => {
          link.abort(new Error('something else is looked at'))
          link[Symbol.dispose]()
        },
      }
    },
    hurry: () => nudge.now(),
    [Symbol.asyncDispose]: async () => {
      end()
      await Promise.all(running)
    },
  }
}

function isNo(error: unknown): boolean {
  return isOrchestratorError(error) && (error.trouble.kind === 'refused' || error.trouble.kind === 'denied')
}

function sourcesOf(
  subject: Subject,
  orchestrator: Orchestrator,
  entities: ReturnType<typeof rememberEntities>,
): readonly Source[] {
  if (subject.kind === 'plans') {
    const read = plansReader(orchestrator)
    return [{ topic: 'plans', read: async signal => ({ topic: 'plans', plans: await read({ signal, entities }) }) }]
  }
  const { plan: name, nodesOf: stage } = subject
  const sources: Source[] = [
    {
      topic: 'plan',
      read: async signal => ({ topic: 'plan', plan: await orchestrator.get(name, { signal, entities }) }),
    },
    {
      topic: 'history',
      read: async signal => ({
        topic: 'history',
        plan: name,
        history: await orchestrator.history(name, { signal, entities }),
      }),
    },
  ]
  if (stage === undefined) return sources
  const read = nodesReader(orchestrator, name, stage)
  return [
    ...sources,
    {
      topic: 'nodes',
      read: async signal => ({ topic: 'nodes', plan: name, stage, members: await read({ signal, entities }) }),
    },
  ]
}
