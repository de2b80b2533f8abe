import { randomInt } from 'node:crypto'
import { PATIENT, prepare } from '../ground.ts'
import { compareAll, inWords } from './campaign.ts'

/** `npm run equivalence [SEQUENCES [SEED]]`: one JSON line; differences in words on standard error. */
const count = Number(process.argv[2] ?? 2_000)
const seed = Number(process.argv[3] ?? randomInt(2 ** 31))
const ground = await prepare(1, 1, PATIENT)
const started = performance.now()
try {
  const differences = await compareAll(ground, count, seed)
  for (const difference of differences.slice(0, 5)) process.stderr.write(`${inWords(difference)}\n`)
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(
    `${JSON.stringify({ figure: 'rest_apply_equivalence', sequences: count, seed, differences: differences.length, seconds })}\n`,
  )
  process.exitCode = differences.length > 0 ? 1 : 0
} finally {
  await ground.end()
}
