import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import type { Chapter } from '../chapter.ts'
import { install, leader, operatorPods } from '../installation.ts'
import { podProcess } from '../pod-process.ts'
import { FLEET, RELEASE_NAME, SYSTEM } from '../scene.ts'

/** The chart with its defaults, and what the kernel says of its pods. */
export const installChapter: Chapter = {
  name: 'install',
  title: 'helm install',
  async tell(scene) {
    const { ledger, helm, succeed, kubectl, signal } = scene
    await ledger.fact('the defaults install, in a namespace that admits only restricted pods', async () => {
      const notes = await install(scene)
      expect(notes).to.contain('STATUS: deployed')
    })
    await ledger.fact('two replicas are Ready, each on a node of its own', async () => {
      const pods = await operatorPods(scene)
      expect(pods.map(({ ready }) => ready)).to.deep.equal([true, true])
      expect(new Set(pods.map(({ node }) => node)).size).to.equal(2)
    })
    await ledger.fact('the kernel confirms what the pod promises: no root, no capability, no way to more', async () => {
      const found = await Promise.all((await operatorPods(scene)).map(({ uid }) => podProcess(uid, '/app/operator.js')))
      for (const process of found)
        expect(process).to.include({
          user: '65532',
          capabilities: '0000000000000000',
          noNewPrivileges: true,
          filtered: true,
        })
      return `${found.map(process => `${process?.residentMegabytes} MB`).join(', ')} resident`
    })
    await ledger.fact('there is no shell in them, and nothing can be written', async () => {
      const target = ['exec', '-n', SYSTEM, `deployment/${RELEASE_NAME}`, '--']
      expect((await kubectl([...target, '/bin/sh', '-c', 'true'])).code).to.not.equal(0)
      const script = 'require("fs").writeFileSync("/tmp/x", "")'
      expect((await kubectl([...target, '/usr/local/bin/node', '-e', script])).stderr).to.contain('EROFS')
    })
    await ledger.fact('the API server passes requests on to them', async () => {
      expect(await succeed(['api-resources', '--api-group=orchestrator.autonomyops.dev'])).to.contain('rollouts')
      await succeed(['get', 'rollouts.orchestrator.autonomyops.dev', '-n', FLEET])
    })
    await ledger.fact('one of them leads', async () => {
      const found = await until(() => leader(scene), { what: 'a pod leads', withinMs: 30_000, everyMs: 250, signal })
      return `${found.name} on ${found.node}`
    })
    await ledger.fact('helm test passes, and leaves nothing behind', async () => {
      const before = await remains()
      const { code, stdout, stderr } = await helm(['test', RELEASE_NAME, '--logs', '--timeout', '120s'])
      expect(code, `${stdout}\n${stderr}`).to.equal(0)
      expect(await remains()).to.equal(before)
    })

    async function remains(): Promise<string> {
      const kinds = 'pods,serviceaccounts,roles,rolebindings'
      return await succeed(['get', kinds, '-n', SYSTEM, '-o', 'name'])
    }
  },
}
