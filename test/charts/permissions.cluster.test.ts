import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import { runKubectl } from '../api/server.ts'
import type { Output } from '../api/server.ts'
import { established } from '../cluster/established.ts'
import { until } from '../cluster/wait.ts'
import { withCluster } from './cluster.ts'
import { CHART, withHelm } from './helm.ts'
import type { Rule } from './helm.ts'

type Access = readonly [verb: string, resource: string, name?: string]

const PLAN_FILE = join(import.meta.dirname, '../../examples/fleet/plan-agent-2.yaml')
const EVERYWHERE: readonly Access[] = [
  ...each(
    ['get', 'list', 'watch', 'create'],
    ['rolloutplans.fleet.autonomyops.dev', 'rolloutrecoveries.fleet.autonomyops.dev'],
  ),
  ...each(['update'], ['rolloutplans.fleet.autonomyops.dev/status', 'rolloutrecoveries.fleet.autonomyops.dev/status']),
  ...each(['list', 'watch', 'create', 'delete'], ['controllerrevisions.apps']),
  ...each(['create', 'patch'], ['events.events.k8s.io']),
  ...each(['get', 'list', 'watch', 'patch'], ['nodes']),
  ['create', 'tokenreviews.authentication.k8s.io'],
  ['create', 'subjectaccessreviews.authorization.k8s.io'],
  ...each(['list', 'watch', 'patch'], ['apiservices.apiregistration.k8s.io']).map(
    ([verb, resource]) => [verb, resource, 'v1.orchestrator.autonomyops.dev'] as const,
  ),
]
const PODS = each(['list', 'watch'], ['pods'])
const LEASE: readonly Access[] = [
  ['create', 'leases.coordination.k8s.io'],
  ['get', 'leases.coordination.k8s.io', 'autonomy-rollouts'],
  ['update', 'leases.coordination.k8s.io', 'autonomy-rollouts'],
]
const SERVING: readonly Access[] = [
  ['create', 'secrets'],
  ['get', 'secrets', 'autonomy-rollouts-serving'],
  ['update', 'secrets', 'autonomy-rollouts-serving'],
]
/** What the role that every cluster has in kube-system lets its holders read. */
const AUTHENTICATION: readonly Access[] = each(['get', 'list', 'watch'], ['configmaps']).map(
  ([verb, resource]) => [verb, resource, 'extension-apiserver-authentication'] as const,
)
const NOWHERE: readonly Access[] = [
  ...each(
    ['update', 'patch', 'delete', 'deletecollection'],
    ['rolloutplans.fleet.autonomyops.dev', 'rolloutrecoveries.fleet.autonomyops.dev'],
  ),
  ...each(['patch'], ['rolloutplans.fleet.autonomyops.dev/status', 'rolloutrecoveries.fleet.autonomyops.dev/status']),
  ...each(['create', 'update', 'delete'], ['nodes']),
  ...each(['update', 'patch'], ['nodes/status', 'pods/status']),
  ...each(['get', 'create', 'update', 'patch', 'delete'], ['pods', 'configmaps', 'daemonsets.apps']),
  ...each(['get', 'list', 'watch', 'update', 'patch', 'delete'], ['secrets']),
  ['get', 'secrets', 'somebody-elses'],
  ...each(['create', 'update', 'delete', 'list'], ['apiservices.apiregistration.k8s.io']),
  ['patch', 'apiservices.apiregistration.k8s.io', 'v1.apps'],
  ...each(
    ['create', 'update', 'patch', 'delete'],
    [
      ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'mutatingadmissionpolicies'],
      ...['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    ].map(plural => `${plural}.admissionregistration.k8s.io`),
  ),
  ...each(
    ['create', 'update', 'patch', 'delete'],
    ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map(
      plural => `${plural}.rbac.authorization.k8s.io`,
    ),
  ),
  ...each(
    ['create', 'update', 'patch'],
    [
      ...['', '/approval', '/status'].map(part => `certificatesigningrequests.certificates.k8s.io${part}`),
      'customresourcedefinitions.apiextensions.k8s.io',
      ...['pods/ephemeralcontainers', 'pods/binding', 'nodes/proxy', 'services', 'endpoints', 'serviceaccounts'],
      'apiservices.apiregistration.k8s.io/status',
    ],
  ),
  ['approve', 'signers.certificates.k8s.io'],
  ['sign', 'signers.certificates.k8s.io'],
  ...each(['create'], ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/eviction', 'serviceaccounts/token']),
  ...each(['get', 'update', 'patch'], ['controllerrevisions.apps']),
  ...each(['get', 'list', 'delete'], ['events.events.k8s.io']),
  ...each(['list', 'watch', 'patch', 'delete'], ['leases.coordination.k8s.io']),
  ['get', 'leases.coordination.k8s.io', 'somebody-elses'],
  ['update', 'leases.coordination.k8s.io', 'somebody-elses'],
  ...each(['escalate', 'bind'], ['roles.rbac.authorization.k8s.io', 'clusterroles.rbac.authorization.k8s.io']),
  ...each(['impersonate'], ['users', 'groups', 'serviceaccounts']),
  ...each(['*'], ['*.*']),
]

function each(verbs: readonly string[], resources: readonly string[]): readonly Access[] {
  return resources.flatMap(resource => verbs.map(verb => [verb, resource] as const))
}

describe('service account of the chart', () => {
  const cluster = withCluster()
  const helm = withHelm()
  let kubeconfig = ''

  const kubectl = async (args: readonly string[], as = '', input = '') => {
    const options = as === '' ? { input } : { input, kubeconfig: as }
    return await runKubectl(cluster(), args, options)
  }
  const succeed = async (args: readonly string[], as = '', input = '') => {
    const output = await kubectl(args, as, input)
    expect(output.code, output.stderr).to.equal(0)
    return output.stdout
  }
  const upgrade = async (...args: string[]) => {
    const admin = ['--create-namespace', '--kubeconfig', cluster().adminKubeconfig]
    const output = await helm().run('upgrade', '--install', 'autonomy-rollouts', CHART, ...admin, ...args)
    expect(output.code, output.stderr).to.equal(0)
  }

  /** What `kubectl auth can-i VERB RESOURCE/NAME` asks, for all accesses at once. */
  async function allowed(accesses: readonly Access[], namespace: string): Promise<readonly string[]> {
    const answers = await Promise.all(
      accesses.map(async access => {
        const [verb, path, name] = access
        const [full = '', subresource] = path.split('/')
        const [resource, ...group] = full.split('.')
        const attributes = { verb, group: group.join('.'), resource, subresource, name, namespace }
        const review = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: { user: 'system:serviceaccount:ops:autonomy-rollouts', resourceAttributes: attributes },
        }
        const route = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
        const { status, body } = await cluster().request('POST', route, review)
        expect(status).to.equal(201)
        return { access, allowed: (body as { status: { allowed: boolean } }).status.allowed }
      }),
    )
    return answers.filter(answer => answer.allowed).map(({ access }) => access.join(' '))
  }

  /** Every rule that holds for a service account in a namespace, as `verbs resources names`. */
  async function rulesOf(account: string, namespace: string): Promise<readonly string[]> {
    const as = await cluster().clientForServiceAccount({ namespace: 'ops', name: account })
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace },
    }
    const route = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
    const text = await succeed(['create', '--raw', route, '-f', '-'], as.kubeconfig, JSON.stringify(review))
    const { status } = JSON.parse(text) as { status: { resourceRules: readonly Rule[] } }
    return status.resourceRules.flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
      apiGroups.flatMap(group =>
        resources.flatMap(resource => {
          const [base = '', ...subresource] = resource.split('/')
          const path = [group === '' ? base : `${base}.${group}`, ...subresource].join('/')
          return verbs.flatMap(verb => resourceNames.map(name => [verb, path, name].join(' ').trim()))
        }),
      ),
    )
  }

  /** What the account may do that an account without any role may not. */
  async function grants(namespace: string): Promise<readonly string[]> {
    const common = new Set(await rulesOf('nobody', namespace))
    return (await rulesOf('autonomy-rollouts', namespace)).filter(rule => !common.has(rule)).sort()
  }

  /** The API server takes up changed roles some time after they are written. */
  async function expectGrants(namespace: string, ...expected: (readonly Access[])[]): Promise<void> {
    const lines = expected
      .flat()
      .map(access => access.join(' '))
      .sort()
    let found: readonly string[] = []
    const same = async () => {
      found = await grants(namespace)
      return isDeepStrictEqual(found, lines)
    }
    await until(same, { what: 'the grants', withinMs: 10_000 }).catch(() => undefined)
    expect(found).to.deep.equal(lines)
  }

  before(async function () {
    this.timeout(60_000)
    await succeed(['create', 'namespace', 'fleet'])
    await upgrade()
    await succeed(['create', 'serviceaccount', 'nobody', '-n', 'ops'])
    await established(cluster())
    // What fills in who created it takes effect a little later than what asks for that.
    const applied = async () => (await kubectl(['apply', '-f', PLAN_FILE])).code === 0
    await until(applied, { what: 'the plan is created', withinMs: 20_000 })
    await succeed(
      ['create', '-f', '-'],
      '',
      JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'robot-1' } }),
    )
    kubeconfig = (await cluster().clientForServiceAccount({ namespace: 'ops', name: 'autonomy-rollouts' })).kubeconfig
  })

  it('may do in any namespace what a plan takes, and nothing else', async () => {
    await expectGrants('fleet', EVERYWHERE, PODS)
  })

  it('may hold the one lease and the one certificate in its own namespace besides', async () => {
    await expectGrants('ops', EVERYWHERE, PODS, LEASE, SERVING)
  })

  it('may read by which authority the API server calls it, and nothing else of kube-system', async () => {
    await expectGrants('kube-system', EVERYWHERE, PODS, AUTHENTICATION)
  })

  it('is answered so by the authorizer', async () => {
    for (const namespace of ['fleet', 'ops']) {
      expect(await allowed([...EVERYWHERE, ...PODS], namespace)).to.have.length(EVERYWHERE.length + PODS.length)
      expect(await allowed(NOWHERE, namespace)).to.deep.equal([])
    }
    const own = [...LEASE, ...SERVING]
    expect(await allowed(own, 'ops')).to.deep.equal(own.map(access => access.join(' ')))
    expect(await allowed(own, 'fleet')).to.deep.equal([])
  })

  describe('with its own token', () => {
    const plan = ['rplan', 'agent-2', '-n', 'fleet']
    const forbidden = ({ code, stderr }: Output) => {
      expect(code).to.equal(1)
      expect(stderr).to.include('Error from server (Forbidden)')
    }

    it('reads plans everywhere', async () => {
      expect(await succeed(['get', 'rplan', '-A', '-o', 'name'], kubeconfig)).to.include('agent-2')
    })

    it('writes the status of a plan, and no plan', async () => {
      const read = JSON.parse(await succeed(['get', ...plan, '-o', 'json'], kubeconfig)) as { status: object }
      const moved = JSON.stringify({ ...read, status: { ...read.status, phase: 'active' } })
      await succeed(['replace', '--subresource=status', '-f', '-'], kubeconfig, moved)
      expect(await succeed(['get', ...plan, '-o', 'jsonpath={.status.phase}'])).to.equal('active')
      forbidden(await kubectl(['label', ...plan, 'a=b'], kubeconfig))
      forbidden(await kubectl(['delete', ...plan], kubeconfig))
    })

    it('labels a node, and neither creates nor deletes one', async () => {
      await succeed(['label', 'node', 'robot-1', 'fleet.autonomyops.dev/release=2'], kubeconfig)
      forbidden(await kubectl(['delete', 'node', 'robot-1'], kubeconfig))
      const another = JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'robot-2' } })
      forbidden(await kubectl(['create', '-f', '-'], kubeconfig, another))
    })
  })

  describe('that is told to, with its own token', () => {
    const own = ['-n', 'ops', '--field-selector', 'metadata.name=autonomy-rollouts-serving']
    const SECRETS = '/api/v1/namespaces/ops/secrets'
    const OWN = 'fieldSelector=metadata.name%3Dautonomy-rollouts-serving'
    const node = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } })

    before(async () => {
      await succeed(['create', 'secret', 'generic', 'autonomy-rollouts-serving', '-n', 'ops', '--from-literal=a=b'])
      await succeed(['create', 'secret', 'generic', 'theirs', '-n', 'ops', '--from-literal=a=b'])
    })

    for (const [what, args, input] of [
      ['lists secrets, not even its own by a field selector', ['get', 'secrets', ...own]],
      ['watches secrets, not even its own', ['get', '--raw', `${SECRETS}?watch=true&${OWN}`]],
      ['reads a secret beside its own', ['get', 'secret', 'autonomy-rollouts-serving', 'theirs', '-n', 'ops']],
      ['reads its own secret in another namespace', ['get', 'secret', 'autonomy-rollouts-serving', '-n', 'fleet']],
      ['deletes secrets', ['delete', 'secret', 'autonomy-rollouts-serving', '-n', 'ops']],
      ['makes itself a token', ['create', 'token', 'autonomy-rollouts', '-n', 'ops']],
      ['is somebody else', ['get', 'nodes', '--as', 'alice']],
      ['makes a node by apply', ['apply', '--server-side', '-f', '-'], node('robot-9')],
      ['takes status of a node', ['patch', 'node', 'robot-1', '--subresource=status', '--type=merge', '-p', '{}']],
    ] as const)
      it(`never ${what}`, async () => {
        const { code, stderr } = await kubectl(args, kubeconfig, input)
        expect(code, stderr).to.not.equal(0)
        expect(stderr).to.match(/is forbidden|cannot (get|list|watch|create|patch|impersonate)|Forbidden/)
      })

    it('reads the one secret that is its own', async () => {
      await succeed(['get', 'secret', 'autonomy-rollouts-serving', '-n', 'ops'], kubeconfig)
    })
  })

  describe('with other values', () => {
    it('sees pods in the named namespaces only, when some are named', async () => {
      await upgrade('--set', 'podNamespaces={fleet}')
      await expectGrants('fleet', EVERYWHERE, PODS)
      await expectGrants('ops', EVERYWHERE, LEASE, SERVING)
      expect(await allowed(PODS, '')).to.deep.equal([])
    })

    it('reads Secrets for gates in the named namespaces only, when some are named', async () => {
      const GATES = each(['get'], ['secrets'])
      await upgrade('--set', 'gates.secretNamespaces={fleet}')
      await expectGrants('fleet', EVERYWHERE, PODS, GATES)
      await expectGrants('ops', EVERYWHERE, PODS, LEASE, SERVING)
    })

    it('runs Jobs for gates in the named namespaces only, when some are named', async () => {
      const GATES: readonly Access[] = [
        ['get', 'cronjobs.batch'],
        ...each(['get', 'create', 'delete'], ['jobs.batch']),
        // Beside what it has there already.
        ['list', 'pods'],
      ]
      await upgrade('--set', 'gates.jobNamespaces={fleet}')
      await expectGrants('fleet', EVERYWHERE, PODS, GATES)
      await expectGrants('ops', EVERYWHERE, PODS, LEASE, SERVING)
    })

    it('may do nothing when the roles are left out', async () => {
      await upgrade('--set', 'rbac.create=false')
      await expectGrants('ops')
    })
  })
})
