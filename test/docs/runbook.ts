import { MONITORED } from './monitoring.ts'
import { type Cast, startAgents, stickPlan } from './scene.ts'
import type { Door } from './door.ts'
import { pageOf } from './page.ts'
import { asReader } from './reader.ts'
import { type Step, stepsOf } from './step.ts'
import { type Place, tryPage } from './trial.ts'

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

/** How somebody works through the runbook. */
export type Walk = {
  readonly door: Door
  /** Where `autonomy` and `kubectl` are. */
  readonly path: string
  /** The text under the program's other name. */
  readonly as: (text: string) => string
  /** What sets the scenes about metric gates. Without it they are left out: they need a Prometheus that the operator can ask. */
  readonly monitored?: Place['scenes']
}

/** Does what the runbook says, through one door, and expects what it says is printed. Answers how many commands that were. */
export async function walk(cast: Cast, { door, path, as, monitored }: Walk): Promise<number> {
  const agents = startAgents(cast)
  const env = {
    AUTONOMY_ORCHESTRATOR_URL: door.url,
    CURL_HOME: door.home,
    ...(door.kubeconfig === undefined ? {} : { KUBECONFIG: door.kubeconfig }),
  }
  const scenes = { 'a plan is stuck': async () => await stickPlan(cast), ...monitored }
  const steps = monitored === undefined ? without(MONITORED, STEPS) : STEPS
  try {
    const reader = { below: cast.cluster.folder, path, env, scenes, as }
    await asReader(reader, async place => await tryPage(RUNBOOK, steps, place))
  } finally {
    await agents.stop()
  }
  return steps.filter(({ kind }) => kind === 'command').length
}

/** Leaves these scenes out, each with what follows it up to the next one. */
function without(scenes: readonly string[], steps: readonly Step[]): readonly Step[] {
  let out = false
  return steps.filter(step => {
    if (step.kind === 'scene') out = scenes.includes(step.name)
    return !out
  })
}
