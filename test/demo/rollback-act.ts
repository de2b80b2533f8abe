import { readBitmap } from '../../operator/rollout/bitmap.ts'
import { pause, until } from '../cluster/wait.ts'
import { type Call, conditionOf, planUntil, recoverWith, stageOf } from './call.ts'

/** So long after the rollback nothing may move; several ticks of the operator would fit if it were wrong. */
const QUIET_MS = 12_000

/** Pods that start from now on crash; those that run are left alone (updateStrategy OnDelete). */
const BAD_BUILD = JSON.stringify({
  spec: { template: { metadata: { annotations: { 'kwok.autonomy.test/fault': 'crash' } } } },
})

/** Release 4, a bad one. It crashes on the wide ring; somebody rolls it back, and nothing moves any more. */
export async function rollbackAct(call: Call): Promise<void> {
  const { alice, screen, facts, witness } = call
  screen.act('Release 4 is harmful')
  await alice.show('apply -f examples/fleet/plan-agent-4.yaml')
  await planUntil(
    call,
    'agent-4',
    'has activated its canaries',
    status => stageOf(status, 'canary')?.counts?.activated === 3,
  )
  screen.say('its canaries look fine; but the build that the other robots will get crashes, and nobody knows yet')
  await alice.quiet(`patch daemonset robot-agent-4 -n fleet --type merge -p ${BAD_BUILD}`)
  await planUntil(
    call,
    'agent-4',
    'stands still because of failures',
    status => conditionOf(status, 'Ready')?.reason === 'TooManyFailures',
    90_000,
  )
  await alice.show('get rplan agent-4 -n fleet -o wide')
  const before = new Map(witness.podsOf('4'))

  screen.act('It is rolled back')
  const rolledBack = await recoverWith(call, 'rollback.yaml', 'agent-4-rollback')
  facts.check('the rollback took effect', rolledBack.status.newPhase === 'rolled_back', rolledBack.status.message)
  const stop = witness.versionsOf('agent-4').find(({ status }) => status.phase === 'rolled_back')!
  const kept = confirmedOf(call)
  await until(() => witness.nodesWith('4').length === kept, {
    what: `only the ${kept} activated robots keep release 4`,
    withinMs: 20_000,
    signal: call.signal,
  })
  await alice.show('get rplan agent-4 -n fleet -o wide')
  await alice.show('get nodes -L ring -l fleet.autonomyops.dev/release=4')
  screen.say(`now nothing may move: watching for ${QUIET_MS / 1000} s`)
  const settled = witness.moves.length
  await pause(QUIET_MS, call.signal)

  const after = witness.moves.filter(({ version }) => version > stop.version)
  const forward = after.filter(({ to }) => to === '4')
  facts.check(
    'after the rollback was committed no robot was told to run release 4',
    forward.length === 0,
    forward.map(({ node }) => node).join(', '),
  )
  facts.check(
    `the robots in flight got release 3 back, ${after.length} of them, and nothing moved afterwards`,
    after.length > 0 && after.every(({ from, to }) => from === '4' && to === '3') && witness.moves.length === settled,
    `${witness.moves.length - settled} later moves`,
  )
  const now = witness.podsOf('4')
  const same = [...before].every(([node, uid]) => now.get(node) === uid)
  facts.check(
    `the ${before.size} activated robots kept release 4, and their very pods`,
    same && before.size === kept && now.size === kept,
    `${now.size} pods`,
  )

  screen.act('A plan that has ended stays ended')
  const refused = await recoverWith(call, 'cancel.yaml', 'agent-4-cancel')
  facts.check(
    'a recovery of an ended plan was refused with a sentence',
    refused.status.code === 'plan_already_terminal',
    refused.status.code,
  )
}

function confirmedOf({ witness }: Call): number {
  const stages = witness.plan('agent-4')?.status.stages ?? []
  return stages.reduce((sum, stage) => sum + readBitmap(stage.confirmed).size, 0)
}
