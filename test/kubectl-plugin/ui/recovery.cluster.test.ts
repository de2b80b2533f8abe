import { join } from 'node:path'
import { expect } from 'chai'
import type { RolloutRecovery } from '../../../operator/api/object.ts'
import { FLEET, type Ground, withGround } from '../../rest/ground.ts'
import { PLAN, labelRobots, startAgents, stickPlan } from '../../docs/scene.ts'
import { type Terminal, openTerminal } from '../terminal/terminal.ts'
import { STARTING_MS } from './viewer.ts'

const MAIN = join(import.meta.dirname, '../../../kubectl-plugin/main.ts')

/** `autonomy rollout watch` as a person starts it: with a kubeconfig, through the API server. */
async function watching(ground: Ground, user: string): Promise<Terminal> {
  const kubeconfig = await ground.cluster.clientFor({ user })
  const terminal = openTerminal({
    command: process.execPath,
    args: [MAIN, 'rollout', 'watch', PLAN, '--kubeconfig', kubeconfig, '-n', FLEET],
    columns: 110,
    rows: 40,
    env: { HOME: ground.cluster.folder },
  })
  await terminal.shows('? help', STARTING_MS)
  return terminal
}

async function recoveries({ succeed }: Ground, reason: string): Promise<readonly RolloutRecovery[]> {
  const list = JSON.parse(await succeed(['get', 'rrec', '-n', FLEET, '-o', 'json'])) as { items: RolloutRecovery[] }
  return list.items.filter(({ spec }) => spec.reason === reason)
}

describe('a stuck plan, seen and recovered by keys alone', function () {
  this.timeout(240_000)
  const ground = withGround()
  before(async () => {
    for (const [user, role] of [
      ['alice', 'autonomy-rollouts-admin'],
      ['vera', 'autonomy-rollouts-viewer'],
    ] as const)
      await ground().succeed(['create', 'clusterrolebinding', user, `--clusterrole=${role}`, `--user=${user}`])
    await labelRobots(ground())
  })

  // Inside the ground's own suite: they stop before the API server does.
  describe('with agents that report', () => {
    let agents: ReturnType<typeof startAgents>
    beforeEach(() => void (agents = startAgents(ground())))
    afterEach(async () => await agents.stop())

    it('is skipped: the stage is promoted, the next one opens, and the record says who and why', async () => {
      await stickPlan(ground())
      await using terminal = await watching(ground(), 'alice')
      await terminal.shows(/STUCK {2}GateFailed/)
      const page = await terminal.shows('battery management does not start')
      expect(page)
        .to.match(/❯ ▶ stage-03 open/)
        .and.to.match(/✗ health +failed/)
      await terminal.type('r')
      await terminal.shows('Is the release harmful?')
      await terminal.type('n')
      await terminal.shows('clear by itself')
      await terminal.type('n')
      await terminal.shows('validate the release yourself')
      await terminal.type('y')
      await terminal.shows('reason:')
      await terminal.type('robot-3 is being replaced, the others are fine')
      terminal.press('enter')
      await terminal.shows('Cannot be undone: Stage stage-03 is promoted for good')
      await terminal.type('y')
      await terminal.shows('skip_failed took effect')
      terminal.press('enter')
      await terminal.shows('COMPLETED', 30_000)
      expect(await terminal.shows(/stage-03 skipped/)).to.match(
        /skip_failed +stage-03 +alice: robot-3 is being replaced/,
      )
      const [record] = await recoveries(ground(), 'robot-3 is being replaced, the others are fine')
      expect([record?.spec.strategy, record?.spec.operator, record?.status.phase]).to.deep.equal([
        'skip_failed',
        'alice',
        'Succeeded',
      ])
    })

    it('has the gate skipped that holds it up, and no other', async () => {
      await stickPlan(ground())
      await using terminal = await watching(ground(), 'alice')
      await terminal.shows(/STUCK {2}GateFailed/)
      await terminal.type('s')
      await terminal.shows('Skip gate health of stage stage-03')
      await terminal.type('one robot is on the bench')
      terminal.press('enter')
      await terminal.shows('Cannot be undone: It cannot be taken back')
      await terminal.type('y')
      await terminal.shows('skip_failed of gate health took effect')
      terminal.press('enter')
      await terminal.shows('COMPLETED', 30_000)
      const [record] = await recoveries(ground(), 'one robot is on the bench')
      expect([record?.spec.strategy, record?.spec.gate, record?.spec.operator]).to.deep.equal([
        'skip_failed',
        'health',
        'alice',
      ])
    })

    it('is rolled back', async () => {
      await stickPlan(ground())
      await using terminal = await watching(ground(), 'alice')
      await terminal.shows(/STUCK {2}GateFailed/)
      await terminal.type('r')
      await terminal.shows('Is the release harmful?')
      await terminal.type('y')
      await terminal.shows('reason:')
      await terminal.type('batteries')
      terminal.press('enter')
      await terminal.shows('The plan ends for good as rolled_back')
      await terminal.type('y')
      await terminal.shows('rollback took effect')
      terminal.press('enter')
      await terminal.shows('ROLLED BACK')
      await terminal.type('q')
      expect((await terminal.ended).code).to.equal(0)
      expect(await ground().succeed(['get', 'rplan', PLAN, '-n', FLEET, '-o', 'jsonpath={.status.phase}'])).to.equal(
        'rolled_back',
      )
    })

    it('stays as it is for somebody who may only look, and says which right is missing', async () => {
      await stickPlan(ground())
      await using terminal = await watching(ground(), 'vera')
      await terminal.shows(/STUCK {2}GateFailed/)
      await terminal.type('h')
      await terminal.shows('reason:')
      await terminal.type('no right to do this')
      terminal.press('enter')
      await terminal.shows('do it')
      await terminal.type('y')
      await terminal.shows('halt was not done')
      await terminal.shows(/rollouts\/halt/)
      expect(await recoveries(ground(), 'no right to do this')).to.deep.equal([])
    })
  })
})
