import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FLEET, type Ground, PATIENT, prepare, tokenOf } from '../ground.ts'
import { type Door, fuzz } from './campaign.ts'
import { makePlans } from './plans.ts'
import { schemathesis } from './python.ts'

/**
 * `npm run test:fuzz [-- --seed N] [-- --examples N] [-- --door direct|aggregated]`: schemathesis against the running
 * operator, from the committed description. One JSON line a door; what failed, in its own words, on standard error.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    examples: { type: 'string', default: '40' },
    door: { type: 'string' },
  },
})
const seed = Number(values.seed)
const examples = Number(values.examples)
const program = schemathesis()
const ground = await prepare(1, 1, PATIENT)
try {
  const plans = await makePlans(await ground.aggregated('admin', ['system:masters']))
  await writeFile(join(ground.cluster.folder, 'plans.txt'), plans.map(name => `${JSON.stringify(name)}\n`).join(''))
  const doors = (await doorsOf(ground)).filter(({ name }) => values.door === undefined || name === values.door)
  for (const door of doors) {
    const outcome = await fuzz(program, door, { seed, examples, folder: ground.cluster.folder })
    process.stdout.write(`${JSON.stringify({ campaign: 'fuzz', door: door.name, ...outcome, seed })}\n`)
    if (outcome.failures > 0) process.exitCode = 1
  }
} finally {
  await ground.end()
}

/** The same account at both doors, each with a token for it. */
async function doorsOf({ cluster, port, ca, succeed }: Ground): Promise<readonly Door[]> {
  const account = { namespace: FLEET, name: 'fuzz' }
  await succeed(['create', 'serviceaccount', account.name, '-n', FLEET])
  for (const role of ['admin', 'reporter'])
    await succeed([
      ...['create', 'clusterrolebinding', `fuzz-${role}`, `--clusterrole=autonomy-rollouts-${role}`],
      `--serviceaccount=${FLEET}:${account.name}`,
    ])
  const door = async (name: Door['name'], url: string, authorities: string, audiences?: readonly string[]) => {
    const access = await cluster.clientForServiceAccount({ ...account, ...(audiences && { audiences }) })
    const file = join(cluster.folder, `fuzz-${name}.crt`)
    await writeFile(file, authorities)
    return { name, url, token: await tokenOf(access.tokenFile), ca: file }
  }
  return [
    await door('direct', `https://127.0.0.1:${port}`, await ca(), ['orchestrator.autonomyops.dev']),
    await door('aggregated', `${cluster.server}/apis/orchestrator.autonomyops.dev`, cluster.ca),
  ]
}
