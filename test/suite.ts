import { writeFileSync } from 'node:fs'
import Mocha from 'mocha'

/**
 * Runs test files in one mocha and writes what came of it to a file: `node test/suite.ts RESULT JOBS FILE…`.
 * A pending test counts as a failure, and so does a suite in which nothing ran.
 */
export type Result = {
  readonly passed: number
  readonly failed: number
  readonly pending: number
  /** One entry a failed test: its title, and what went wrong. */
  readonly failures: readonly string[]
}

/** Characters of a text that is not what was wanted. */
const MOST_SHOWN = 4_000

const [resultFile = '', jobs = '1', ...files] = process.argv.slice(2)
const parallel = Number(jobs) > 1
const mocha = new Mocha({
  timeout: 120_000,
  slow: 5_000,
  forbidOnly: true,
  forbidPending: true,
  reporter: 'spec',
  color: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  parallel,
  jobs: Number(jobs),
})
for (const file of files) mocha.addFile(file)
if (!parallel) await mocha.loadFilesAsync()

const failures = await new Promise<number>(resolve => {
  const runner = mocha.run(resolve)
  const reports: string[] = []
  runner.on('fail', (test: Mocha.Test, error: Failure) => void reports.push(`${test.fullTitle()}\n${reportOf(error)}`))
  runner.once('end', () => {
    const { passes = 0, failures: failed = 0, pending = 0 } = runner.stats ?? {}
    const result: Result = { passed: passes, failed, pending, failures: reports }
    writeFileSync(resultFile, JSON.stringify(result))
  })
})
process.exitCode = failures > 0 ? 1 : 0

type Failure = Error & { readonly actual?: unknown; readonly expected?: unknown }

/** Chai shortens long texts in its messages. */
function reportOf({ message, actual, expected }: Failure): string {
  if (typeof actual !== 'string' || typeof expected !== 'string') return message
  return `${message}\n- wanted: ${expected.slice(0, MOST_SHOWN)}\n- found:  ${actual.slice(0, MOST_SHOWN)}`
}
