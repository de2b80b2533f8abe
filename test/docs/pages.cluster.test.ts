import { copyFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { expect } from 'chai'
import { freePorts } from '../cluster/port.ts'
import { createNodes } from '../cluster/simulated-node.ts'
import { resolveTools } from '../cluster/tools.ts'
import { installProgram } from '../kubectl-plugin/harness/installed.ts'
import { FLEET, SYSTEM, withGround } from '../rest/ground.ts'
import { aggregatedDoor, directDoor, proxiedDoor } from './door.ts'
import { endPlans } from './end-plans.ts'
import { type Monitoring, monitoringScenes, startMonitoring } from './monitoring.ts'
import { IN_ORDER } from './page.ts'
import { withPorts } from './port.ts'
import { type Reader, asReader } from './reader.ts'
import { OFFICIAL, STEPS, asPlugin, walk } from './runbook.ts'
import { stepsOf } from './step.ts'
import { labelRobots, startAgents, stickPlan } from './scene.ts'
import { tryPage } from './trial.ts'

/** Every command of the docs, on one control plane: the runbook through each door, then page after page. */
describe('the docs', function () {
  this.timeout(240_000)
  const ground = withGround({ flags: { 'gate-loopback': true } })
  let path = ''
  let archive = ''

  before(async () => {
    const { cluster, succeed } = ground()
    await succeed(['create', 'serviceaccount', 'alice', '-n', FLEET])
    await succeed([
      'create',
      'clusterrolebinding',
      'alice',
      '--clusterrole=autonomy-rollouts-admin',
      '--user=alice',
      `--serviceaccount=${FLEET}:alice`,
    ])
    await labelRobots(ground())
    const { helm } = await resolveTools(['helm'])
    const installed = await installProgram(join(cluster.folder, 'plugin'))
    archive = installed.archive
    path = [installed.bin, dirname(cluster.kubectl), dirname(helm), installed.path].join(':')
  })

  const scenes = {
    'a plan is stuck': async () => await stickPlan(ground()),
    'a cluster of three nodes': async () => {
      await createNodes(ground().cluster, { count: 3, prefix: 'node', first: 1, labels: () => ({ tour: 'yes' }) })
    },
    'the pods go': async () => {
      for (const replica of ground().replicas()) await replica.kill()
    },
    // The account is another one than before, and so is its token.
    'the pods of the new installation run': async () => {
      const account = { namespace: SYSTEM, name: 'autonomy-rollouts' }
      const { kubeconfig } = await ground().cluster.clientForServiceAccount(account)
      await ground().startReplica({ kubeconfig })
    },
    'the package of the plugin is there': async (folder: string) =>
      await copyFile(archive, join(folder, basename(archive))),
  }

  describe('runbook', () => {
    let monitoring: Monitoring
    before(async () => (monitoring = await startMonitoring()))
    after(async () => await monitoring?.stop())
    // Once a door: they take seconds, and the program's other name changes nothing about them.
    const monitored = monitoringScenes(ground, () => monitoring)

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
            expect(
              await walk(ground(), program === 'autonomy' ? { door, path, as, monitored } : { door, path, as }),
            ).to.be.greaterThan(OFFICIAL.length)
          } finally {
            await door.close()
          }
        })
  })

  describe('commands', () => {
    for (const page of IN_ORDER.filter(each => each.path !== 'docs/runbook.md')) {
      const steps = stepsOf(page.text).filter(({ where }) => where === 'here')
      if (steps.some(({ kind }) => kind !== 'scene'))
        it(`are true in ${page.path}`, async () => {
          const agents = startAgents(ground())
          try {
            await endPlans(ground())
            await asReader(await administrator(), async place => await tryPage(page.path, steps, place))
          } finally {
            await agents.stop()
          }
        })
    }
  })

  /** With whom the pages speak, where they do not say otherwise. Names of the cluster's own network lead to the listener. */
  async function administrator(): Promise<Reader> {
    const { cluster, port } = ground()
    const [proxy = 0] = await freePorts(1)
    const service = 'autonomy-rollouts.autonomy-system.svc'
    await writeFile(join(cluster.folder, '.curlrc'), `connect-to = "${service}::127.0.0.1:${port}"\n`)
    const env = {
      KUBECONFIG: cluster.adminKubeconfig,
      CURL_HOME: cluster.folder,
      npm_config_prefix: join(cluster.folder, 'npm'),
      npm_config_offline: 'true',
    }
    return { below: cluster.folder, path, env, scenes, as: withPorts(port, proxy) }
  }
})
