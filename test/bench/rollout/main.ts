import { type Bench, figures } from '../figure.ts'
import { cost } from './cost.ts'
import { failOver } from './fail-over.ts'
import { handOver } from './hand-over.ts'
import { idle } from './idle.ts'
import { restart } from './restart.ts'
import { shape } from './shape.ts'
import { type Stage, startStage } from './stage.ts'
import { status } from './status.ts'
import { tick } from './tick.ts'

/**
 * `npm run bench [-- NAME…]`: what the main job costs and how quick it is, all against one API server in one run. A name
 * is that of a figure or the beginning of one. One JSON line a figure; exit code 1 when a bound is not kept.
 *
 * From few machines to many: those that are there stay.
 */
const BENCHES: readonly Bench<Stage>[] = [handOver, shape, idle, cost, restart, failOver, tick, status]

const wanted = process.argv.slice(2)
const known = BENCHES.flatMap(({ figures: names }) => names)
for (const name of wanted)
  if (!known.some(figure => figure.startsWith(name))) {
    process.stderr.write(`no figure begins with "${name}"; there are ${known.join(', ')}\n`)
    process.exit(2)
  }
const chosen = BENCHES.filter(
  ({ figures: names }) => wanted.length === 0 || names.some(figure => wanted.some(name => figure.startsWith(name))),
)
const { report, hold } = figures()
const stage = await startStage()
try {
  for (const bench of chosen) {
    process.stderr.write(`measuring ${bench.figures.join(', ')}\n`)
    await bench.run(stage, report)
  }
} finally {
  await stage.end()
}
process.exitCode = hold() ? 0 : 1
