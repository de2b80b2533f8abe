import type { IncomingRequest } from './fate.ts'

type About = Pick<IncomingRequest, 'number' | 'who' | 'verb' | 'resource' | 'object'>

type Course = {
  /** Monotonic milliseconds of its arrival. */
  readonly at: number
  /** HTTP status that the API server gave, or the proxy in its place; undefined while there is none. */
  code: number | undefined
  /** What the proxy did to it, if anything. */
  fate: string | undefined
}

/** One write and what came of it. */
export type TracedWrite = About & Course & { readonly class: Exclude<IncomingRequest['class'], 'read'> }

/** One get, list or watch. */
export type TracedRead = About & Course & { readonly class: 'read' }

/** The writes as lines, for a report: `#7 a patch nodes run-3-node-1 200`. */
export function linesOf(trace: readonly TracedWrite[]): string {
  return trace
    .filter(write => write.class === 'write')
    .map(({ number, who, verb, resource, object, code, fate }) =>
      [`#${number}`, who, verb, resource, object, code ?? 'unanswered', fate && `(${fate})`].filter(Boolean).join(' '),
    )
    .join('\n')
}
