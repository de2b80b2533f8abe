import { parseArgs } from 'node:util'
import { registerAggregatedApi } from '../cluster/aggregated-api.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Call } from './call.ts'
import { createFacts, summaryOf } from './fact.ts'
import { type Replica, startReplica } from './replica.ts'
import { retryAct } from './retry-act.ts'
import { rollbackAct } from './rollback-act.ts'
import { NAMESPACE, setUp } from './scenery.ts'
import { type Screen, createScreen } from './screen.ts'
import { skipAct } from './skip-act.ts'
import { recordFacts } from './story.ts'
import { type Witness, startWitness } from './witness.ts'

const USAGE = `Plays a fleet's rollouts on a real control plane, and checks what they claim.

  npm run demo [-- --keep]

  --keep   leaves everything running to play with, until ctrl-c
`

/** What has to be ended, whatever happens. */
type Open = { cluster?: Cluster; witness?: Witness; replicas: Replica[] }

async function play(screen: Screen, open: Open, signal: AbortSignal): Promise<Call> {
  const facts = createFacts()
  const scenery = await setUp(screen, signal)
  open.cluster = scenery.cluster
  const witness = await startWitness(scenery.cluster.adminKubeconfig, signal)
  open.witness = witness

  screen.act('Two operator replicas start, under the service account of the chart')
  for (const name of ['replica-a', 'replica-b']) open.replicas.push(startReplica(name, scenery))
  const backend = { namespace: NAMESPACE, service: 'autonomy-rollouts', port: scenery.port }
  await registerAggregatedApi(scenery.cluster, backend, { withinMs: 30_000, signal })
  const call: Call = { ...scenery, screen, facts, witness, replicas: open.replicas, signal }
  await scenery.alice.show(`get rplan,rrec -A`)

  await retryAct(call)
  open.replicas.push(startReplica('replica-c', scenery))
  await skipAct(call)
  await rollbackAct(call)
  await recordFacts(call)
  return call
}

async function stay(screen: Screen, { cluster, replicas }: Call, signal: AbortSignal): Promise<void> {
  screen.act('Everything is still running')
  screen.say('in another terminal:')
  const lines = [
    `export KUBECONFIG=${cluster.adminKubeconfig}`,
    `alias kubectl=${cluster.kubectl}`,
    'kubectl get rplan,rrec -n fleet -o wide',
    "kubectl get --raw '/apis/orchestrator.autonomyops.dev/v1/rollouts/stuck?threshold_seconds=20'",
    'kubectl proxy --port 8001 &   # the runbook, with curl and no credentials:',
    'export AUTONOMY_ORCHESTRATOR_URL=http://127.0.0.1:8001/apis/orchestrator.autonomyops.dev',
    'curl -sf "${AUTONOMY_ORCHESTRATOR_URL}/v1/rollouts/agent-2/history" | jq .',
    ...replicas.filter(replica => replica.running()).map(replica => `tail -f ${replica.log}`),
  ]
  screen.command('# ctrl-c here ends it', lines.join('\n'))
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function end({ cluster, witness, replicas }: Open): Promise<void> {
  await Promise.all(replicas.map(replica => replica.stop()))
  await witness?.stop()
  await cluster?.stop()
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const screen = createScreen(process.stdout, process.stdout.isTTY === true && !process.env['NO_COLOR'])
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`received ${name}`)))
  const open: Open = { replicas: [] }
  const started = performance.now()
  try {
    const call = await play(screen, open, stop.signal)
    const seconds = Math.round((performance.now() - started) / 1000)
    screen.act(`What was claimed, and checked (${seconds} s)`)
    process.stdout.write(`${summaryOf(call.facts.all())}\n`)
    if (values.keep) await stay(screen, call, stop.signal)
    return call.facts.all().every(({ holds }) => holds) ? 0 : 1
  } catch (error) {
    if (stop.signal.aborted) return 130
    process.stderr.write(`\nthe demo failed: ${describe(error)}\n`)
    for (const replica of open.replicas) process.stderr.write(`\nlast lines of ${replica.name}:\n${replica.tail()}\n`)
    return 1
  } finally {
    await end(open)
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`
}

process.exitCode = await main()
