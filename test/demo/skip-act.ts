import { setPodFault } from '../cluster/fault.ts'
import { type Call, conditionOf, planUntil, recoverWith } from './call.ts'

/** Release 3. One robot cannot pull the image and holds the others up; somebody skips it. */
export async function skipAct(call: Call): Promise<void> {
  const { alice, screen, facts, witness, cluster } = call
  const broken = 'robot-3'
  screen.act('Release 3: one robot holds the others up')
  screen.say(`${broken} cannot pull the image, and will not for a while`)
  await setPodFault(cluster, [broken], 'pull', { signal: call.signal })
  await alice.show('apply -f examples/fleet/plan-agent-3.yaml')
  const stuck = await planUntil(
    call,
    'agent-3',
    'is stuck',
    status => conditionOf(status, 'Stuck')?.status === 'True',
    90_000,
  )
  await alice.show('get rplan agent-3 -n fleet -o wide')
  facts.check(`agent-3 got stuck and named ${broken}`, stuck.failingNodes?.some(({ name }) => name === broken) ?? false)

  screen.act('The release is fine, so the stage is skipped')
  const skipped = await recoverWith(call, 'skip-failed.yaml', 'agent-3-skip-ring')
  const { phase, skippedStageId, nextStageId } = skipped.status
  facts.check(
    'skip_failed promoted stage ring and opened stage wide',
    phase === 'Succeeded' && skippedStageId === 'ring' && nextStageId === 'wide',
  )
  await planUntil(call, 'agent-3', 'is completed', status => status.phase === 'completed', 90_000)
  await alice.show('get rplan -n fleet')
  const pods = witness.podsOf('3')
  facts.check(
    `agent-3 completed without ${broken}`,
    pods.size === 59 && !pods.has(broken),
    `${pods.size} pods of release 3`,
  )
  await setPodFault(cluster, [broken], undefined, { signal: call.signal })
}
