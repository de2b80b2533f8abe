import { expect } from 'chai'
import { pause } from '../cluster/wait.ts'
import type { Scene } from './scene.ts'

const PATH = '/apis/orchestrator.autonomyops.dev/v1/rollouts'
const EVERY_MS = 100

/** Somebody who asks the aggregated API again and again, whatever else happens. */
export type Steady = {
  /** Resolves with what came of it; rejects when one request failed. */
  stop(): Promise<string>
}

export function askSteadily({ cluster: { plane }, signal }: Scene): Steady {
  const ended = new AbortController()
  const failures: string[] = []
  let asked = 0
  const ask = async () => {
    while (!ended.signal.aborted && !signal.aborted) {
      asked += 1
      const answer = await plane.request('GET', PATH).then(
        ({ status, body }) => (status === 200 ? undefined : `HTTP ${status} ${JSON.stringify(body)}`),
        (error: unknown) => String(error),
      )
      if (answer !== undefined) failures.push(answer)
      await pause(EVERY_MS, ended.signal).catch(() => undefined)
    }
  }
  const running = ask()
  return {
    async stop() {
      ended.abort()
      await running
      expect(failures, `of ${asked} requests`).to.deep.equal([])
      return `${asked} requests, none failed`
    },
  }
}
