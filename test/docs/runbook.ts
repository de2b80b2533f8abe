import { type Cast, startAgents, stickPlan } from './scene.ts'
import type { Door } from './door.ts'
import { pageOf } from './page.ts'
import { asReader } from './reader.ts'
import { stepsOf } from './step.ts'
import { tryPage } from './trial.ts'

const RUNBOOK = 'docs/runbook.md'

/** The steps of the runbook, in its order. */
export const STEPS = stepsOf(pageOf(RUNBOOK).text)

/** The commands that the product's documentation has, letter for letter. */
export const OFFICIAL = [
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

/** The same words with the plugin's other name. */
export function asPlugin(text: string): string {
  return text.replaceAll(/(?<=^|Try: )autonomy(?= rollout|:)/gm, 'kubectl autonomy')
}

/**
 * Does what the runbook says, through one door, and expects what it says is printed. Answers how many commands that were.
 *
 * @param path where `autonomy` and `kubectl` are
 * @param as   the text under the program's other name
 */
export async function walk(cast: Cast, door: Door, path: string, as: (text: string) => string): Promise<number> {
  const agents = startAgents(cast)
  const env = {
    AUTONOMY_ORCHESTRATOR_URL: door.url,
    CURL_HOME: door.home,
    ...(door.kubeconfig === undefined ? {} : { KUBECONFIG: door.kubeconfig }),
  }
  const scenes = { 'a plan is stuck': async () => await stickPlan(cast) }
  try {
    const reader = { below: cast.cluster.folder, path, env, scenes, as }
    await asReader(reader, async place => await tryPage(RUNBOOK, STEPS, place))
  } finally {
    await agents.stop()
  }
  return STEPS.filter(({ kind }) => kind === 'command').length
}
