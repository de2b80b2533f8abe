import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { established } from '../cluster/established.ts'
import { type Cluster, everything, startCluster } from '../cluster/cluster.ts'
import { freePorts } from '../cluster/port.ts'
import { createNodes } from '../cluster/simulated-node.ts'
import { resolveTools } from '../cluster/tools.ts'
import { until } from '../cluster/wait.ts'
import { type Kubectl, kubectlAs } from './kubectl.ts'
import type { Screen } from './screen.ts'

export const ROOT = join(import.meta.dirname, '../..')
/** Where the chart is installed, and the leader's lease is. */
export const NAMESPACE = 'autonomy-system'
export const ROBOTS = 60
const CANARIES = 6

const run = promisify(execFile)

export type Scenery = {
  readonly cluster: Cluster
  /** What the audience types: the person on call. */
  readonly alice: Kubectl
  /** Kubeconfig of the operator's service account. */
  readonly operator: string
  /** On which the operator's REST surface listens. */
  readonly port: number
}

/** A control plane, sixty robots on release 1, and the chart installed: what is there before a rollout. */
export async function setUp(screen: Screen, signal: AbortSignal): Promise<Scenery> {
  const { helm } = await resolveTools()
  screen.act('A cluster with sixty robots')
  screen.say('etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK, all real, all local')
  const cluster = await startCluster({ ...everything, auditLog: true, signal })
  try {
    const kubeconfig = await cluster.clientFor({ user: 'alice', groups: ['system:masters'] })
    const alice = kubectlAs(screen, cluster.kubectl, kubeconfig, ROOT)
    await createNodes(cluster, {
      count: ROBOTS,
      prefix: 'robot',
      labels: index => ({
        fleet: 'robots',
        ring: index < CANARIES ? 'canary' : 'wide',
        'fleet.autonomyops.dev/release': '1',
      }),
      signal,
    })
    await alice.show('get nodes -L ring -L fleet.autonomyops.dev/release', 5)

    screen.act('The operator is installed with Helm')
    const chart = [
      'install',
      'autonomy-rollouts',
      'charts/autonomy-rollouts',
      '--namespace',
      NAMESPACE,
      '--create-namespace',
      // Its replicas are processes of this machine, so that they can be watched and killed.
      '--set',
      'deployment.enabled=false,apiService.create=false',
    ]
    const { stdout } = await run(helm, [...chart, '--kubeconfig', kubeconfig, '--wait', '--timeout', '60s'], {
      cwd: ROOT,
      env: {
        ...process.env,
        HELM_CACHE_HOME: cluster.folder,
        HELM_CONFIG_HOME: cluster.folder,
        HELM_DATA_HOME: cluster.folder,
      },
      timeout: 90_000,
      signal,
    })
    screen.command(`helm ${chart.join(' ')}`, stdout, 6)
    await established(cluster)
    // Admission policies are in force some seconds after they are installed; until then plans are refused.
    const admitted = async () =>
      await alice.quiet('create --dry-run=server -f examples/plan-minimal.yaml').then(
        () => true,
        () => false,
      )
    await until(admitted, { what: 'the chart’s policies are in force', withinMs: 30_000, everyMs: 250, signal })

    screen.act('The robots run release 1')
    await alice.quiet('apply -f examples/fleet/namespace.yaml')
    const agents = [1, 2, 3, 4].map(release => `-f examples/fleet/robot-agent-${release}.yaml`).join(' ')
    await alice.show(`apply ${agents}`)
    await until(async () => (await readyRobots(alice, 1)) === ROBOTS, {
      what: `the DaemonSet of release 1 has ${ROBOTS} Ready pods`,
      withinMs: 60_000,
      everyMs: 500,
      signal,
    })
    await alice.show('get daemonsets -n fleet')
    const access = await cluster.clientForServiceAccount({ namespace: NAMESPACE, name: 'autonomy-rollouts' })
    const [port = 0] = await freePorts(1)
    return { cluster, alice, operator: access.kubeconfig, port }
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

async function readyRobots(alice: Kubectl, release: number): Promise<number> {
  const text = await alice.quiet(`get daemonset robot-agent-${release} -n fleet -o jsonpath={.status.numberReady}`)
  return Number(text)
}
