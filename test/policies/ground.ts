import { expect } from 'chai'
import { after, before } from 'mocha'
import { runKubectl } from '../api/server.ts'
import type { Output } from '../api/server.ts'
import { plan, recovery } from '../api/object.ts'
import { CHART, OPERATOR_ELSEWHERE, withHelm } from '../charts/helm.ts'
import { established } from '../cluster/established.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/wait.ts'
import { ADMIN, OPERATOR, bindings } from './people.ts'
import type { Person } from './people.ts'

/** A cluster on which the chart is installed and all its policies are in force. */
export type Ground = {
  readonly cluster: Cluster
  /** In namespace `fleet`. An object is passed on standard input, and names its own. Resolves whatever the exit code is. */
  kubectl(who: Person, args: readonly string[], object?: object): Promise<Output>
  /** Fails the test unless it succeeds; what it printed. */
  succeed(who: Person, args: readonly string[], object?: object): Promise<string>
  create(who: Person, object: object): Promise<Output>
  /** Does everything but store it. */
  tryToCreate(who: Person, object: object): Promise<Output>
  /** A field of an object in namespace `fleet`, or of one that needs no namespace; empty when there is none. */
  field(object: string, path: string): Promise<string>
  /** Installs or upgrades the chart. */
  install(...args: string[]): Promise<void>
}

/** Every policy takes effect so soon after it was installed; the API server looks for new ones once a second. */
const IN_FORCE_MS = 20_000

/** What the API server says when policy `name` of the chart refuses something. */
export function denial(name: string, message: string): string {
  const full = `autonomy-rollouts-${name}`
  return `ValidatingAdmissionPolicy '${full}' with binding '${full}' denied request: ${message}`
}

export function expectDenial({ code, stderr }: Output, name: string, message: string): void {
  expect(stderr).to.include(denial(name, message))
  expect(code).to.equal(1)
}

export function expectSuccess({ code, stderr }: Output): void {
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
}

/** For the suite that calls this: the chart with `values`, the people, the namespaces `fleet` and `lab`, one node. */
export function withPolicies(values: readonly string[] = []): () => Ground {
  const helm = withHelm()
  let ground: Ground | undefined
  let cluster: Cluster | undefined
  before(async function () {
    this.timeout(180_000)
    cluster = await startCluster({ controllerManager: true })
    ground = groundOn(cluster, async (...args) => {
      const admin = ['--create-namespace', '--kubeconfig', cluster?.adminKubeconfig ?? '']
      const chart = [CHART, ...OPERATOR_ELSEWHERE]
      const { code, stderr } = await helm().run(
        'upgrade',
        '--install',
        'autonomy-rollouts',
        ...chart,
        ...admin,
        ...args,
      )
      expect(code, stderr).to.equal(0)
    })
    await ground.install(...values)
    await established(ground.cluster)
    await ground.succeed(ADMIN, ['create', 'namespace', 'fleet'])
    await ground.succeed(ADMIN, ['create', 'namespace', 'lab'])
    await ground.succeed(ADMIN, ['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: [...bindings, NODE] })
    await inForce(ground)
  })
  after(async function () {
    this.timeout(30_000)
    await cluster?.stop()
  })
  return () => {
    if (ground === undefined) throw new Error('the cluster is there from `before` on')
    return ground
  }
}

const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'robot-1', labels: { ring: 'canary' }, annotations: { site: 'north' } },
  spec: { taints: [{ key: 'maintenance', effect: 'NoSchedule' }] },
}

function groundOn(cluster: Cluster, install: Ground['install']): Ground {
  const kubectl: Ground['kubectl'] = async (who, args, object) => {
    const as = who.user === undefined ? [] : ['--as', who.user, ...who.groups.flatMap(group => ['--as-group', group])]
    if (object !== undefined) return await runKubectl(cluster, [...as, ...args], { input: JSON.stringify(object) })
    return await runKubectl(cluster, ['--namespace', 'fleet', ...as, ...args])
  }
  const succeed: Ground['succeed'] = async (...call) => {
    const { code, stdout, stderr } = await kubectl(...call)
    expect(code, stderr).to.equal(0)
    return stdout
  }
  return {
    cluster,
    kubectl,
    succeed,
    install,
    create: async (who, object) => await kubectl(who, ['create', '-f', '-'], object),
    tryToCreate: async (who, object) => await kubectl(who, ['create', '--dry-run=server', '-f', '-'], object),
    field: async (object, path) => await succeed(ADMIN, ['get', object, '-o', `jsonpath={${path}}`]),
  }
}

const named = (apiVersion: string, kind: string) => ({
  apiVersion,
  kind,
  metadata: { name: 'probe', namespace: 'ops' },
})

const JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'probe', namespace: 'fleet' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
}

const EVENT = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: 'probe', namespace: 'fleet' },
  eventTime: '2026-03-18T09:20:00.000000Z',
  type: 'Normal',
  reason: 'Probed',
  action: 'Probe',
  reportingController: 'somebody',
  reportingInstance: 'else',
  regarding: { kind: 'Namespace', name: 'fleet', namespace: 'fleet' },
}

/** Waits until each policy acts, one by one: the API server takes them up apart from each other. */
async function inForce({ kubectl, tryToCreate, create }: Ground): Promise<void> {
  const probe = plan('probe')
  const forged = { ...probe, metadata: { ...probe.metadata, annotations: { 'fleet.autonomyops.dev/created-by': 'x' } } }
  const revision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 'probe', namespace: 'fleet' },
    revision: 1,
    data: {},
  }
  const status = ['patch', 'rplan', 'probe', '--subresource=status', '--type=merge', '--dry-run=server', '-p']
  const looks: readonly (readonly [name: string, look: () => Promise<Output>])[] = [
    ['plan', async () => await tryToCreate(ADMIN, forged)],
    ['recovery', async () => await tryToCreate(ADMIN, recovery('probe', { operator: 'x' }))],
    ['node', async () => await kubectl(OPERATOR, ['label', 'node', 'robot-1', 'probe=1', '--dry-run=server'])],
    ['member', async () => await tryToCreate(OPERATOR, revision)],
    ['job', async () => await tryToCreate(OPERATOR, JOB)],
    ['origin', async () => await tryToCreate(OPERATOR, plan('probe-2'))],
    ['secret', async () => await tryToCreate(OPERATOR, named('v1', 'Secret'))],
    ['lease', async () => await tryToCreate(OPERATOR, named('coordination.k8s.io/v1', 'Lease'))],
    ['event', async () => await tryToCreate(OPERATOR, EVENT)],
    [
      'apiservice',
      async () => await kubectl(OPERATOR, ['label', 'apiservice', 'v1.apps', 'probe=1', '--dry-run=server']),
    ],
    ['status', async () => await kubectl(ADMIN, [...status, '{"status":{"phase":"active"}}'])],
  ]
  // What is signed by the API server passes from here on; where it does not sign, the plan passes unsigned.
  const passes = async () => (await create(ADMIN, probe)).code === 0
  await until(passes, { what: 'a plan can be created', withinMs: IN_FORCE_MS })
  for (const [name, look] of looks) {
    let last = ''
    const denies = async () => (last = (await look()).stderr).includes(denial(name, ''))
    await until(denies, { what: `policy ${name} denies`, withinMs: IN_FORCE_MS }).catch((error: unknown) => {
      throw new Error(`policy ${name} is not in force; the last answer was: ${last}`, { cause: error })
    })
  }
  const signs = async () => {
    const { code, stderr } = await tryToCreate(ADMIN, recovery('probe'))
    return code === 0 || stderr.includes('write exactly that into spec.operator')
  }
  await until(signs, { what: 'a recovery needs no signature, or is asked for it', withinMs: IN_FORCE_MS })
  const plainPlan = async () => (await tryToCreate(ADMIN, plan('probe-2'))).code === 0
  await until(plainPlan, { what: 'a plan needs no signature', withinMs: IN_FORCE_MS })
}
