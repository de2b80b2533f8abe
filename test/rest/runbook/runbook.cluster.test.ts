import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { installProgram } from '../../kubectl-plugin/harness/installed.ts'
import { FLEET, withGround } from '../ground.ts'
import { aggregatedDoor, directDoor, proxiedDoor } from './door.ts'
import { labelRobots } from './scene.ts'
import { asPlugin } from './script.ts'
import { STEPS, walk } from './walk.ts'

const OFFICIAL = [
  'curl -sf "${AUTONOMY_ORCHESTRATOR_URL}/v1/rollouts/stuck" | jq .',
  `watch -n 10 'curl -sf "\${AUTONOMY_ORCHESTRATOR_URL}/v1/rollouts/plan-abc123" | jq .phase'`,
  [
    'curl -sf -X POST \\',
    '"${AUTONOMY_ORCHESTRATOR_URL}/v1/rollouts/plan-abc123/halt" \\',
    '-H "Content-Type: application/json" \\',
    `-d '{"reason": "pausing activation while investigating telemetry anomaly"}' | jq .`,
  ].join('\n'),
  'autonomy rollout plan list --orchestrator-url "$AUTONOMY_ORCHESTRATOR_URL"',
  autonomy('rollout plan describe', '--plan-id plan-abc123'),
  autonomy('rollout plan cancel', '--plan-id plan-abc123'),
  recover('rollback', 'canary error rate exceeded 5% threshold for 10 minutes'),
  recover('retry', 'telemetry gap resolved; re-evaluating stage-03'),
  recover('skip_failed', 'stage-03 gate is a non-critical SLO check; release validated via external dashboard'),
]

function autonomy(words: string, ...flags: readonly string[]): string {
  return [`autonomy ${words}`, '--orchestrator-url "$AUTONOMY_ORCHESTRATOR_URL"', ...flags].join(' \\\n')
}

function recover(strategy: string, reason: string): string {
  return autonomy('rollout recover', '--plan-id plan-abc123', `--strategy ${strategy}`, `--reason "${reason}"`)
}

describe('the runbook', function () {
  this.timeout(240_000)
  const ground = withGround()
  let path = ''

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
    const { cluster } = ground()
    const installed = await installProgram(join(cluster.folder, 'plugin'))
    path = [installed.bin, dirname(cluster.kubectl), installed.path].join(':')
  })

  it('has the documented commands, letter for letter', () => {
    const commands = STEPS.flatMap(step => (step.kind === 'command' ? [step.command] : []))
    expect(commands).to.include.members(OFFICIAL)
  })

  for (const [name, open] of [
    ['through the API server', aggregatedDoor],
    ['through kubectl proxy, without credentials', proxiedDoor],
    ['on the listener itself, with a bearer token', directDoor],
  ] as const)
    for (const [program, as] of [
      ['autonomy', (text: string) => text],
      ['kubectl autonomy', asPlugin],
    ] as const)
      it(`is true ${name}, with ${program}`, async () => {
        const door = await open(ground())
        try {
          expect(await walk(ground(), door, path, as)).to.be.greaterThan(OFFICIAL.length)
        } finally {
          await door.close()
        }
      })
})
