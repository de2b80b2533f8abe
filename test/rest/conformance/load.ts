import { pause } from '../../cluster/wait.ts'
import type { Answer } from '../door.ts'

/** Somebody who asks the same again and again. */
export type Worker = { readonly name: string; readonly ask: () => Promise<Answer> }

/** One answer, or none: then `problem` says why. */
export type Outcome = {
  readonly worker: string
  /** When it was asked, and when the answer had come; milliseconds of `performance.now`. */
  readonly from: number
  readonly to: number
} & ({ readonly answer: Answer } | { readonly problem: string })

export type Load = {
  readonly outcomes: readonly Outcome[]
  /** Lets requests under way end. */
  stop(): Promise<void>
}

/** Between two requests of a worker, in milliseconds. */
const REST = 15

export function startLoad(workers: readonly Worker[]): Load {
  const outcomes: Outcome[] = []
  const stopped = new AbortController()
  const work = async ({ name, ask }: Worker) => {
    while (!stopped.signal.aborted) {
      const from = performance.now()
      const result = await ask().then(
        answer => ({ answer }),
        (error: unknown) => ({ problem: String(error) }),
      )
      outcomes.push({ worker: name, from, to: performance.now(), ...result })
      await pause(REST, stopped.signal).catch(() => undefined)
    }
  }
  const running = Promise.all(workers.map(work))
  return {
    outcomes,
    stop: async () => {
      stopped.abort()
      await running
    },
  }
}

/** Those that were not served, in words. */
export function failuresOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap(outcome => {
    if ('problem' in outcome) return [`${outcome.worker}: ${outcome.problem}`]
    const { status, body } = outcome.answer
    return status < 300 ? [] : [`${outcome.worker}: ${status} ${JSON.stringify(body).slice(0, 200)}`]
  })
}
