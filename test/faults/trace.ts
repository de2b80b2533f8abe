import type { IncomingWrite } from './fate.ts'

/** One write and what came of it. */
export type TracedWrite = Pick<IncomingWrite, 'number' | 'class' | 'who' | 'verb' | 'resource' | 'object'> & {
  /** HTTP status that the API server gave, or the proxy in its place; undefined while there is none. */
  code: number | undefined
  /** What the proxy did to it, if anything. */
  fate: string | undefined
}

/** The writes as lines, for a report: `#7 a patch nodes run-3-node-1 200`. */
export function linesOf(trace: readonly TracedWrite[]): string {
  return trace
    .filter(write => write.class === 'write')
    .map(({ number, who, verb, resource, object, code, fate }) =>
      [`#${number}`, who, verb, resource, object, code ?? 'unanswered', fate && `(${fate})`].filter(Boolean).join(' '),
    )
    .join('\n')
}
