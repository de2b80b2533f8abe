import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Chapter } from '../chapter.ts'
import { admitting, install, operatorPods, prepareNamespaces, uninstall } from '../installation.ts'
import { completed, expectOnce } from '../rollout-check.ts'
import { RELEASE_NAME, SYSTEM, type Scene } from '../scene.ts'
import { askSteadily } from '../steady.ts'
import { type Yard, approvable, yardOf } from '../yard.ts'
import { twoReady } from './crash.ts'

/** From the release before, whose operator ran as a process beside the cluster, to this one, and back, with plans running. */
export const upgradeChapter: Chapter = {
  name: 'upgrade',
  title: 'helm upgrade from the release before, and helm rollback',
  async tell(scene) {
    const { ledger, helm, provisions } = scene
    const { previous } = provisions
    if (previous.kind === 'missing') {
      ledger.note(`not told: ${previous.why}`)
      return
    }
    await install(scene)
    const yard = await yardOf(scene)
    await uninstall(scene)
    await prepareNamespaces(scene)
    const chart = join(previous.folder, 'charts/autonomy-rollouts')
    await ledger.fact(`release ${previous.version} is installed from the history, and moves a plan`, async () => {
      const { code, stderr } = await helm(['install', RELEASE_NAME, chart, '--wait', '--timeout', '60s'])
      expect(code, stderr).to.equal(0)
      await admitting(scene)
    })
    const old = await startPrevious(scene, previous.folder)
    try {
      const rollout = await yard.publish({ approval: true })
      await approvable(yard, rollout)
      await ledger.fact('helm upgrade takes over in the middle of it: nothing skipped, nothing twice', async () => {
        await install(scene)
        await old.stop()
        await yard.approve(rollout, 'the upgrade is done')
        await yard.reached(rollout.plan, 'it is completed', completed)
        return expectOnce(yard, rollout)
      })
    } finally {
      await old.stop()
    }
    const rollout = await yard.publish({ approval: true })
    await approvable(yard, rollout)
    await ledger.fact(
      'helm rollback takes the pods and the aggregated API away, in the middle of the next',
      async () => {
        const { code, stderr } = await helm(['rollback', RELEASE_NAME, '1', '--wait', '--timeout', '120s'])
        expect(code, stderr).to.equal(0)
        expect((await operatorPods(scene)).filter(({ leaving }) => !leaving)).to.deep.equal([])
      },
    )
    const again = await startPrevious(scene, previous.folder)
    try {
      await ledger.fact('the release before goes on with it: nothing skipped, nothing twice', async () => {
        await yard.approve(rollout, 'the rollback is done')
        await yard.reached(rollout.plan, 'it is completed', completed)
        return expectOnce(yard, rollout)
      })
    } finally {
      await again.stop()
    }
    await ledger.fact('and forward again', async () => {
      await install(scene)
      await twoReady(scene)
    })
    await replacePods(scene, yard)
  },
}

/** The release before has no pods: what it takes to replace pods by pods is seen between two revisions of this one. */
async function replacePods(scene: Scene, yard: Yard): Promise<void> {
  const { ledger, helm } = scene
  const rollout = await yard.publish({ approval: true })
  await approvable(yard, rollout)
  const steady = askSteadily(scene)
  await ledger.fact('helm upgrade replaces every pod, in the middle of a plan', async () => {
    await replaced(scene, async () => void (await install(scene, '--set', 'logLevel=debug')))
  })
  await ledger.fact(
    'helm rollback replaces them again, while nodes are moved: nothing skipped, nothing twice',
    async () => {
      await replaced(scene, async () => {
        await yard.approve(rollout, 'the upgrade is done')
        const { code, stderr } = await helm(['rollback', RELEASE_NAME, '--wait', '--timeout', '120s'])
        expect(code, stderr).to.equal(0)
      })
      await yard.reached(rollout.plan, 'it is completed', completed)
      return expectOnce(yard, rollout)
    },
  )
  await ledger.fact('all the while the aggregated API has answered', async () => await steady.stop())
}

/** Does it, and resolves when two replicas are Ready of which none was there before. */
async function replaced(scene: Scene, replace: () => Promise<void>): Promise<void> {
  const before = (await twoReady(scene)).map(({ uid }) => uid)
  await replace()
  const after = (await twoReady(scene)).map(({ uid }) => uid)
  expect(after.filter(uid => before.includes(uid))).to.deep.equal([])
}

const STOP_MS = 20_000

/** The operator of the release before, as its documentation has it run: a process under the account of the chart. */
async function startPrevious({ cluster, folder }: Scene, sources: string): Promise<{ stop(): Promise<void> }> {
  const account = { namespace: SYSTEM, name: RELEASE_NAME }
  const { kubeconfig } = await cluster.plane.clientForServiceAccount(account)
  const log = openSync(join(folder, 'previous.log'), 'a')
  const args = ['--kubeconfig', kubeconfig, '--namespace', SYSTEM, '--rest-address', 'off']
  const child = spawn(process.execPath, [join(sources, 'operator/main.ts'), ...args], { stdio: ['ignore', log, log] })
  const ended = once(child, 'exit')
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(late)
    },
  }
}
