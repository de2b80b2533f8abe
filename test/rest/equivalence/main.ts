import { randomInt } from 'node:crypto'
import { PATIENT, prepare } from '../ground.ts'
import { compareAll, inWords } from './campaign.ts'

/** `npm run equivalence [SEQUENCES [SEED]]`: one JSON line; differences in words on standard error. */
const count = Number(process.argv[2] ?? 2_000)
const seed = Number(process.argv[3] ?? randomInt(2 ** 31))
/** Plans and recoveries stay as records, so that a cluster is taken for so many sequences, and then a new one. */
const LOT = 500

let different = 0
const started = performance.now()
for (let done = 0; done < count; done += LOT) {
  const ground = await prepare(1, 1, PATIENT)
  try {
    const differences = await compareAll(ground, Math.min(LOT, count - done), seed + done)
    for (const difference of differences.slice(0, 5)) process.stderr.write(`${inWords(difference)}\n`)
    different += differences.length
  } finally {
    await ground.end()
  }
}
const seconds = Math.round((performance.now() - started) / 1000)
process.stdout.write(
  `${JSON.stringify({ campaign: 'equivalence', sequences: count, differences: different, seconds, seed })}\n`,
)
process.exitCode = different > 0 ? 1 : 0
