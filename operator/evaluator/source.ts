import type { Ask, Reading } from '../rollout/gates/reading.ts'

/** What is to be looked at, and for whom. */
export type Subject = {
  readonly plan: {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    /** Value of the activation label. */
    readonly release: string
    readonly artifact: string
  }
  readonly ask: Ask
}

export type Look = {
  readonly reading: Reading
  /** It took the whole time that an answer may take. */
  readonly timedOut?: true
  /** For so long whoever was asked wants to be left alone, or a pending look takes to be looked at again; milliseconds. */
  readonly retryAfterMs?: number
}

/** How one kind of gate is looked at. */
export type Source = {
  /** Whom it asks: looks with the same destination share its places. */
  readonly destination: (subject: Subject) => string
  /**
   * Looks once, in bounded time. Whatever goes wrong is a reading that is unknown; rejects only with the reason of
   * `signal`, or because of a fault of its own, which is told as unknown too.
   *
   * @param at the time of the reading, epoch milliseconds
   */
  readonly look: (subject: Subject, at: number, signal: AbortSignal) => Promise<Look>
  /**
   * Ends what a look has left under way, because nobody asks any more; not called when this process stops leading, for
   * the next leader goes on with it. Never rejects.
   */
  readonly abandon?: (subject: Subject, signal: AbortSignal) => Promise<void>
  /** Lets go of everything; what is in flight fails. */
  readonly close: () => Promise<void>
}

/** The kinds of gates that look outside, each with its source. */
export type Sources = { readonly [kind: string]: Source }
