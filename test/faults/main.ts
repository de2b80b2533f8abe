import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CAMPAIGNS } from './campaigns/all.ts'
import { createReferences } from './reference.ts'
import { keepResult } from './results.ts'
import { CACHE, campaignFile, rigHash } from './tree.ts'

/**
 * `npm run faults [-- NAME…] [--size N] [--seed S] [--only RUN] [--lanes K]`: fault campaigns against the real operator on
 * a real control plane, one by one. A campaign that was stopped goes on where it was when it is started again on the same
 * sources. One JSON line a campaign on standard output; exit code 1 when something was violated, or too few
 * bugs were caught.
 */
/** Of a report, in characters, on standard error. */
const MOST_SAID = 2_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    lanes: { type: 'string' },
  },
})
const unknown = positionals.find(name => CAMPAIGNS.every(campaign => campaign.name !== name))
if (unknown !== undefined)
  usage(`there is no campaign "${unknown}"; there are ${CAMPAIGNS.map(({ name }) => name).join(', ')}`)
if (values.only !== undefined && positionals.length !== 1) usage('--only wants the one campaign that the run is of')
const whole = values.size === undefined && values.only === undefined
const chosen = CAMPAIGNS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

const references = createReferences()
const reports = join(CACHE, 'violations.txt')
const say = (line: string): void => void process.stderr.write(`${line}\n`)
let violations = 0
try {
  mkdirSync(CACHE, { recursive: true })
  for (const campaign of chosen) {
    const tally = await campaign.conduct({
      seed: positive('seed', values.seed),
      references,
      progress: say,
      violated: report => {
        appendFileSync(reports, `${report}\n`)
        say(`${report.slice(0, MOST_SAID)}\nall of it in ${reports}`)
      },
      ...(values.lanes === undefined ? {} : { lanes: positive('lanes', values.lanes) }),
      ...(values.size === undefined ? {} : { size: positive('size', values.size) }),
      ...(values.only === undefined ? {} : { only: values.only }),
    })
    violations += tally.violations
    process.stdout.write(`${JSON.stringify(tally)}\n`)
    if (!whole) continue
    keepResult(tally, rigHash(campaignFile(campaign.name)))
    for (const words of campaign.shortfalls(tally)) {
      violations += 1
      say(words)
    }
  }
} finally {
  await references.close()
}
process.exitCode = violations > 0 ? 1 : 0

function positive(name: string, text: string): number {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0
    ? value
    : usage(`--${name} wants a whole number from 1, not "${text}"`)
}

function usage(words: string): never {
  process.stderr.write(`${words}\n`)
  process.exit(2)
}
