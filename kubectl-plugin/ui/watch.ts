import { followInLines } from './lines.ts'
import type { WatchOptions } from './options.ts'
import { runScreen } from './screen.ts'

export type { WatchOptions } from './options.ts'

/**
 * Shows a plan, or all plans, until somebody quits. Without a terminal at both ends: one line a change, until the plan
 * has ended.
 *
 * The terminal is left as it was found, however the process ends; a guard sees to it even after a SIGKILL.
 *
 * @returns the exit code: 0 when asked to quit, 130 when interrupted; in lines, 0 for completed and 1 for another end
 * @throws OrchestratorError when the first read fails: nothing was shown yet
 */
export async function watch(options: WatchOptions): Promise<number> {
  const { stdin, stdout, env } = options
  const screen = stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb'
  return screen ? await runScreen(options) : await followInLines(options)
}
