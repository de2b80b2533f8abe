import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { FLEET, withGround } from '../ground.ts'
import { type Door, aggregatedDoor, directDoor, proxiedDoor } from './door.ts'
import { labelRobots, startAgents, stickPlan } from './scene.ts'
import { masked, readSteps, runnable } from './script.ts'

const PAGE = join(import.meta.dirname, '../../../docs/runbook.md')
const OFFICIAL = [
  'curl -sf "${AUTONOMY_ORCHESTRATOR_URL}/v1/rollouts/stuck" | jq .',
  `watch -n 10 'curl -sf "\${AUTONOMY_ORCHESTRATOR_URL}/v1/rollouts/plan-abc123" | jq .phase'`,
  [
    'curl -sf -X POST \\',
    '"${AUTONOMY_ORCHESTRATOR_URL}/v1/rollouts/plan-abc123/halt" \\',
    '-H "Content-Type: application/json" \\',
    `-d '{"reason": "pausing activation while investigating telemetry anomaly"}' | jq .`,
  ].join('\n'),
]

const run = promisify(execFile)

async function shell(command: string, { url, home }: Door): Promise<string> {
  const env = { PATH: process.env['PATH'], AUTONOMY_ORCHESTRATOR_URL: url, CURL_HOME: home, HOME: home }
  const { stdout } = await run('bash', ['-o', 'pipefail', '-c', runnable(command)], { env, timeout: 60_000 })
  return stdout
}

describe('the runbook', function () {
  this.timeout(240_000)
  const ground = withGround()
  const steps = readSteps(readFileSync(PAGE, 'utf8'))

  before(async () => {
    await ground().succeed(['create', 'serviceaccount', 'alice', '-n', FLEET])
    await ground().succeed([
      'create',
      'clusterrolebinding',
      'alice',
      '--clusterrole=autonomy-rollouts-admin',
      '--user=alice',
      `--serviceaccount=${FLEET}:alice`,
    ])
    await labelRobots(ground())
  })

  it('has the documented commands, letter for letter', () => {
    const commands = steps.flatMap(step => (step.kind === 'command' ? [step.command] : []))
    expect(commands).to.include.members(OFFICIAL)
  })

  for (const [name, open] of [
    ['through the API server', aggregatedDoor],
    ['through kubectl proxy, without credentials', proxiedDoor],
    ['on the listener itself, with a bearer token', directDoor],
  ] as const)
    it(`is true ${name}`, async () => {
      const agents = startAgents(ground())
      const door = await open(ground())
      try {
        for (const step of steps) {
          if (step.kind === 'stuck-plan') await stickPlan(ground())
          else {
            const printed = await shell(step.command, door)
            expect(masked(printed), `docs/runbook.md, line ${step.line}`).to.equal(masked(step.output))
          }
        }
      } finally {
        await door.close()
        await agents.stop()
      }
    })
})
