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
    // Once: they take seconds, and what they show is the same at every door.
    const monitored = monitoringScenes(ground, () => monitoring)

    it('has the documented commands, letter for letter', () => {
      const commands = STEPS.flatMap(step => (step.kind === 'command' ? [step.command] : []))
      expect(commands).to.include.members(OFFICIAL)
    })

    const ways = [
      { way: 'through the API server', open: aggregatedDoor, program: 'autonomy', story: monitored },
      { way: 'through kubectl proxy, without credentials', open: proxiedDoor, program: 'autonomy' },
      { way: 'on the listener itself, with a bearer token', open: directDoor, program: 'autonomy' },
      // It is one program, and its name is all that differs: once is enough.
      { way: 'through the API server', open: aggregatedDoor, program: 'kubectl autonomy' },
    ] as const
    for (const { way, open, program, ...also } of ways)
      it(`is true ${way}, with ${program}`, async () => {
        const as = program === 'autonomy' ? (text: string) => text : asPlugin
        const told = 'story' in also ? { monitored: also.story } : {}
        const door = await open(ground())
        try {
          expect(await walk(ground(), { door, path, as, ...told })).to.be.greaterThan(OFFICIAL.length)
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
