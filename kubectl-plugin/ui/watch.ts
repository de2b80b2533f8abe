import { followInLines } from './lines.ts'
import type { WatchOptions } from './options.ts'

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
  if (!screen) return await followInLines(options)
  // React decides when it is loaded; its development build draws at less than half the speed.
  process.env['NODE_ENV'] ??= 'production'
  const { runScreen } = await import('./screen.ts')
  return await runScreen(options)
}
