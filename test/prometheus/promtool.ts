import { tmpdir } from 'node:os'
import { type Output, run } from '../api/server.ts'
import { resolvePrometheus } from './programs.ts'

/** Runs the promtool that fits; resolves whatever the exit code is. `check metrics` reads from `input`. */
export async function promtool(args: readonly string[], input = ''): Promise<Output> {
  const { promtool } = await resolvePrometheus()
  return await run(promtool, args, { input, home: tmpdir() })
}
