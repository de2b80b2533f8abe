import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The full campaign of the state machine against its model and its promises (`npm run property`): the sequences named by
 * AUTONOMY_SEQUENCES, 100,000 by default, for each property. Prints one JSON line a figure at its end.
 */
const root = join(import.meta.dirname, '../../..')
const sequences = process.env['AUTONOMY_SEQUENCES'] ?? '100000'
const files = globSync('test/rollout/property/*.test.ts', { cwd: root })
const started = performance.now()
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/.bin/mocha'), '--timeout', '3600000', ...files],
  {
    cwd: root,
    env: { ...process.env, AUTONOMY_SEQUENCES: sequences },
    stdio: ['ignore', 'inherit', 'inherit'],
  },
)
const figures = {
  sequences_per_property: Number(sequences),
  violations: status === 0 ? 0 : 1,
  seconds: Math.round((performance.now() - started) / 1000),
}
for (const [figure, value] of Object.entries(figures)) process.stdout.write(`${JSON.stringify({ figure, value })}\n`)
process.exitCode = status === 0 ? 0 : 1
