import { systemClock } from '../../../operator/runtime/clock.ts'
import { UsageError } from '../../../kubectl-plugin/cli/invocation.ts'
import { runProgram } from '../../../kubectl-plugin/program.ts'

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

export type Run = {
  /** Default: none at all. */
  readonly env?: { readonly [name: string]: string }
  /** Answers to questions; when there are some, somebody sits at a terminal. */
  readonly answers?: readonly boolean[]
  /** Files by their names. */
  readonly files?: { readonly [path: string]: string }
  readonly program?: string
  readonly columns?: number
  readonly signal?: AbortSignal
}

/** Runs a command line in this process, with everything it touches given by the test. */
export async function autonomy(args: readonly string[], run: Run = {}): Promise<Ended> {
  const { env = {}, answers, files = {}, program = 'autonomy', columns, signal } = run
  const left = [...(answers ?? [])]
  let [stdout, stderr] = ['', '']
  const code = await runProgram({
    program,
    args,
    env,
    screen: { columns, colour: false },
    print: text => void (stdout += text),
    say: text => void (stderr += text),
    attended: answers !== undefined,
    ask: async question => {
      stderr += `${question}\n`
      const answer = left.shift()
      if (answer === undefined) throw new Error(`nobody expected to be asked: ${question}`)
      return await Promise.resolve(answer)
    },
    read: async path => {
      const text = files[path]
      if (text === undefined) throw new UsageError(`${path} cannot be read: there is no such file`)
      return await Promise.resolve(text)
    },
    streams: process,
    clock: systemClock(),
    signal: signal ?? new AbortController().signal,
  })
  return { code, stdout, stderr }
}
