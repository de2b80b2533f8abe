import { setPodFault } from '../cluster/fault.ts'
import { elapsed, until } from '../cluster/wait.ts'
import { type Call, conditionOf, leaderOf, planUntil, recoverWith, stageOf } from './call.ts'

/**
 * Release 2. The second stage meets robots whose agent does not become Ready; somebody looks why, mends it, and retries.
 * In the third stage the leader is killed in the middle of a batch.
 */
export async function retryAct(call: Call): Promise<void> {
  const { alice, screen, facts, witness, cluster } = call
  screen.act('Release 2, in three stages')
  await alice.show('apply -f examples/fleet/plan-agent-2.yaml')
  const canaries = await until(
    () => {
      const told = witness.moves.filter(({ plan }) => plan === 'fleet/agent-2').map(({ node }) => node)
      return told.length === 3 && told
    },
    { what: 'three canaries are told', withinMs: 30_000, signal: call.signal },
  )
  const ring = JSON.parse(await alice.quiet('get nodes -l ring=canary -o json')) as {
    items: { metadata: { name: string } }[]
  }
  const others = ring.items.map(({ metadata }) => metadata.name).filter(name => !canaries.includes(name))
  const broken = others.slice(0, 2)
  screen.say(`meanwhile, and nobody knows yet: on ${broken.join(' and ')} the new agent will not become Ready`)
  await setPodFault(cluster, broken, 'unready', { signal: call.signal })

  screen.act('It stops, and says why')
  const stuck = await planUntil(
    call,
    'agent-2',
    'is stuck',
    status => conditionOf(status, 'Stuck')?.status === 'True',
    90_000,
  )
  await alice.show('get rplan -n fleet -o wide')
  const described = await alice.quiet('describe rplan agent-2 -n fleet')
  screen.command('kubectl describe rplan agent-2 -n fleet', excerpt(described), 30)
  const report = await stuckReport(call)
  facts.check(
    'the REST surface reports it as stuck, and why',
    report.some(
      ({ plan_id, stuck_reason }) => plan_id === 'agent-2' && /nodes? of stage ring failed/.test(stuck_reason),
    ),
    JSON.stringify(report),
  )
  const ready = conditionOf(stuck, 'Ready')
  const failing = (stuck.failingNodes ?? []).map(({ name }) => name)
  facts.check(
    'the canary stage of agent-2 was promoted, its second stage blocked',
    stageOf(stuck, 'canary')?.phase === 'promoted' && ready?.reason === 'TooManyFailures',
    ready?.reason,
  )
  facts.check(
    `the plan was reported as stuck and names the failing robots (${failing.join(', ')})`,
    failing.length > 0 && failing.every(name => broken.includes(name)),
    failing.join(', '),
  )
  const wide = witness.moves.filter(({ plan, stage }) => plan === 'fleet/agent-2' && stage === 'wide')
  facts.check('no robot of the last stage had been touched by then', wide.length === 0, `${wide.length} moves`)

  screen.act('The cause is removed, and the stage tried again')
  screen.say(`somebody has mended ${broken.join(' and ')}`)
  await setPodFault(cluster, broken, undefined, { signal: call.signal })
  const retried = await recoverWith(call, 'retry.yaml', 'agent-2-retry-1')
  facts.check('the retry took effect', retried.status.phase === 'Succeeded', retried.status.message)
  await planUntil(
    call,
    'agent-2',
    'waits for approval',
    status => conditionOf(status, 'Ready')?.reason === 'AwaitingApproval',
  )
  await alice.show('get rplan agent-2 -n fleet -o wide')
  await recoverWith(call, 'approve.yaml', 'agent-2-approve-ring-alice')

  screen.act('The leader dies in the middle of a batch')
  await until(
    () => witness.moves.filter(({ plan, stage }) => plan === 'fleet/agent-2' && stage === 'wide').length >= 5,
    {
      what: 'the last stage has told some of its robots',
      withinMs: 30_000,
      everyMs: 5,
      signal: call.signal,
    },
  )
  const leader = await leaderOf(call)
  await leader.kill()
  const killedAt = elapsed()
  const versionsBefore = witness.versionsOf('agent-2').length
  screen.command(`kill -9 $(pgrep -f ${leader.name})`, `${leader.name}, the leader, is gone`)
  await until(() => witness.versionsOf('agent-2').length > versionsBefore, {
    what: 'the other replica takes the plan further',
    withinMs: 30_000,
    signal: call.signal,
  })
  const takeover = (elapsed() - killedAt) / 1000
  screen.say(`${(await leaderOf(call)).name} has taken over after ${takeover.toFixed(1)} s`)
  await planUntil(call, 'agent-2', 'is completed', status => status.phase === 'completed', 90_000)
  await alice.show('get rplan agent-2 -n fleet -o wide')
  facts.check(
    `the other replica went on within lease, retry and two seconds (${takeover.toFixed(1)} s)`,
    takeover <= 4 + 0.5 * 1.2 + 2 + 1,
    `${takeover} s`,
  )
  facts.check(
    'agent-2 completed, with all 60 robots on release 2',
    witness.nodesWith('2').length === 60,
    `${witness.nodesWith('2').length}`,
  )
  const twice = repeated(call)
  facts.check(
    'every robot was told once, and once more only where the retry asked for it',
    twice.every(name => broken.includes(name)),
    twice.join(', '),
  )
  facts.check('no stage was begun before the one before it was promoted', inOrder(call))
}

type StuckPlan = { readonly plan_id: string; readonly stuck_reason: string }

/** What the runbook asks first, through the API server with one's own identity. */
async function stuckReport({ alice, screen }: Call): Promise<readonly StuckPlan[]> {
  const path = '/apis/orchestrator.autonomyops.dev/v1/rollouts/stuck?threshold_seconds=20'
  const { stuck_plans } = JSON.parse(await alice.quiet(`get --raw ${path}`)) as {
    readonly stuck_plans: readonly StuckPlan[]
  }
  screen.command(`kubectl get --raw '${path}' | jq .stuck_plans`, JSON.stringify(stuck_plans, null, 2))
  return stuck_plans
}

/** Of a description, what somebody looks for. */
function excerpt(text: string): string {
  const lines = text.split('\n')
  const section = (title: string, most: number) => {
    const start = lines.findIndex(line => line.trim() === title)
    return start < 0 ? [] : lines.slice(start, start + most)
  }
  return ['…', ...section('Failing Nodes:', 6), '…', ...section('Events:', 16)].join('\n')
}

function repeated({ witness }: Call): string[] {
  const told = witness.moves.filter(({ plan }) => plan === 'fleet/agent-2').map(({ node }) => node)
  return told.filter((node, position) => told.indexOf(node) !== position)
}

function inOrder({ witness }: Call): boolean {
  const order = ['canary', 'ring', 'wide']
  return order.slice(1).every((id, position) => {
    const before = witness
      .versionsOf('agent-2')
      .find(({ status }) => stageOf(status, order[position]!)?.phase === 'promoted')
    const first = witness.moves.find(({ plan, stage }) => plan === 'fleet/agent-2' && stage === id)
    return before !== undefined && (first === undefined || first.version > before.version)
  })
}
