import { expect } from 'chai'
import { RELEASE } from '../../operator/release.ts'
import { readOptions } from '../../operator/options.ts'
import { CHART, withHelm } from './helm.ts'
import type { Rendered } from './helm.ts'

type Container = {
  readonly image: string
  readonly args: readonly string[]
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } }
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
  readonly volumeMounts: readonly { readonly mountPath: string }[]
}

type Probe = { readonly httpGet: { readonly path: string; readonly port: string } }

type Deployment = {
  readonly spec: {
    readonly selector: { readonly matchLabels: object }
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly priorityClassName?: string
        readonly containers: readonly [Container]
        readonly volumes: readonly { readonly name: string }[]
      }
    }
  }
}

const SECRET =
  'certificate.source=secret,certificate.secretName=theirs,certificate.caBundle=-----BEGIN CERTIFICATE-----'

describe('deployment of the chart', () => {
  const helm = withHelm()

  const render = async (set = '') => await helm().template(...(set === '' ? [] : ['--set', set]))
  const one = <T = Rendered>(objects: readonly Rendered[], kind: string) =>
    objects.find(object => object.kind === kind) as T | undefined
  const podOf = async (set = '') => {
    const template = one<Deployment>(await render(set), 'Deployment')?.spec.template
    if (template === undefined) throw new Error('there is no Deployment')
    return { labels: template.metadata.labels, ...template.spec, container: template.spec.containers[0] }
  }

  it('gives the operator options that it understands', async () => {
    const options = readOptions((await podOf()).container.args)
    expect(options).to.deep.include({
      namespace: 'ops',
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      healthAddress: { host: '', port: 8081 },
      logLevel: 'info',
    })
    expect(options).to.have.deep.property('rest').that.includes({
      planNamespace: 'ops',
      service: 'rollouts-autonomy-rollouts',
      aggregated: true,
      tlsFiles: undefined,
    })
  })

  it('gives it the options that values ask for', async () => {
    const lease = 'lease.durationSeconds=8,lease.renewDeadlineSeconds=5,lease.retryPeriodSeconds=1'
    const more = `planNamespace=fleet,logLevel=debug,apiService.enabled=false,extraArgs={--verdict-timeout=9}`
    const { container } = await podOf([lease, more, SECRET].join(','))
    expect(readOptions(container.args)).to.deep.include({
      leaseDurationMs: 8_000,
      renewDeadlineMs: 5_000,
      retryPeriodMs: 1_000,
      logLevel: 'debug',
    })
    expect(readOptions(container.args))
      .to.have.deep.property('rest')
      .that.deep.includes({
        planNamespace: 'fleet',
        aggregated: false,
        verdictMs: 9_000,
        tlsFiles: { cert: '/etc/autonomy-rollouts/tls/tls.crt', key: '/etc/autonomy-rollouts/tls/tls.key' },
      })
    expect(container.volumeMounts.map(({ mountPath }) => mountPath)).to.include('/etc/autonomy-rollouts/tls')
  })

  it('asks the pod itself how it is, at the paths that do not depend on the API server', async () => {
    const { container } = await podOf()
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
    expect(probes.map(({ httpGet }) => `${httpGet.port} ${httpGet.path}`)).to.deep.equal([
      'health /livez',
      'health /livez',
      'health /readyz',
    ])
  })

  it('leaves the stop what it may take after the sleep, with a slow lease, too', async () => {
    for (const [seconds, deadline] of [
      [0, 10],
      [25, 40],
    ] as const) {
      const lease = `lease.durationSeconds=60,lease.renewDeadlineSeconds=${deadline}`
      const pod = await podOf(`preStopSleepSeconds=${seconds},${lease}`)
      expect(pod.terminationGracePeriodSeconds).to.equal(seconds + 50 + deadline)
      expect(pod.container.lifecycle?.preStop.sleep.seconds).to.equal(seconds === 0 ? undefined : seconds)
    }
  })

  it('lets no label of the user change which pods are the operator’s', async () => {
    const set = 'podLabels.team=robots,podLabels.app\\.kubernetes\\.io/component=mine'
    const objects = await render(set)
    const { labels } = await podOf(set)
    expect(labels).to.include({ team: 'robots', 'app.kubernetes.io/component': 'operator' })
    expect(labels).to.include(one<Deployment>(objects, 'Deployment')?.spec.selector.matchLabels)
    expect(labels).to.include(one(objects, 'Service')?.spec?.selector)
  })

  it('takes labels that are taken away for none', async () => {
    expect((await podOf('podLabels=null')).labels).to.include({ 'app.kubernetes.io/component': 'operator' })
  })

  for (const [set, image] of [
    ['', `localhost/autonomy-rollouts:${RELEASE}`],
    ['image.repository=registry.example/fleet/operator,image.tag=1.2.3', 'registry.example/fleet/operator:1.2.3'],
    [`image.digest=sha256:${'a'.repeat(64)}`, `localhost/autonomy-rollouts:${RELEASE}@sha256:${'a'.repeat(64)}`],
  ] as const)
    it(`takes the image ${image.slice(0, 50)}`, async () => {
      expect((await podOf(set)).container.image).to.equal(image)
    })

  it('holds drains to one pod at a time when there is more than one', async () => {
    expect(one(await render(), 'PodDisruptionBudget')?.spec).to.include({ maxUnavailable: 1 })
    const single = await render('replicas=1,apiService.allowSingleReplica=true')
    expect(one(single, 'PodDisruptionBudget')).to.equal(undefined)
  })

  it('has a quota for the priority class of the system, and for no other', async () => {
    expect(one(await render(), 'ResourceQuota')).to.be.an('object')
    expect((await podOf()).priorityClassName).to.equal('system-cluster-critical')
    const other = 'priorityClassName=fleet'
    expect(one(await render(other), 'ResourceQuota')).to.equal(undefined)
    expect((await podOf(other)).priorityClassName).to.equal('fleet')
  })

  describe('certificate', () => {
    const looked = async (set: string) => {
      const objects = await render(set)
      const rules = objects
        .filter(({ metadata }) => !/-(viewer|approver|reporter|operator|admin)$/.test(metadata.name))
        .flatMap(object => object.rules ?? [])
      const apiService = one<{
        readonly metadata: Rendered['metadata']
        readonly spec: { readonly caBundle?: string }
      }>(objects, 'APIService')
      return {
        secrets: rules.some(({ resources }) => resources.includes('secrets')),
        apiServices: rules.some(({ resources }) => resources.includes('apiservices')),
        caBundle: apiService?.spec.caBundle,
        injected: apiService?.metadata.annotations?.['cert-manager.io/inject-ca-from'],
        kinds: objects.map(({ kind }) => kind).filter(kind => kind === 'Issuer' || kind === 'Certificate'),
      }
    }
    const none = { secrets: false, apiServices: false, caBundle: undefined, injected: undefined, kinds: [] }

    it('of its own takes its Secret and the right to fill in caBundle', async () => {
      expect(await looked('')).to.deep.equal({ ...none, secrets: true, apiServices: true })
    })

    it('from a Secret takes neither, and caBundle by value', async () => {
      const caBundle = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64')
      expect(await looked(SECRET)).to.deep.equal({ ...none, caBundle })
    })

    it('of cert-manager takes neither, and its injector', async () => {
      const injected = 'ops/rollouts-autonomy-rollouts'
      const issuer = 'certificate.source=certManager,certificate.certManager.issuerRef.name=theirs'
      expect(await looked(issuer)).to.deep.equal({ ...none, injected, kinds: ['Certificate'] })
      const kinds = ['Certificate', 'Certificate', 'Issuer', 'Issuer']
      expect(await looked('certificate.source=certManager')).to.deep.equal({ ...none, injected, kinds })
    })
  })

  for (const [what, set, says] of [
    ['an API that nobody answers for', 'deployment.enabled=false', 'set apiService.create=false'],
    [
      'an option that is set already',
      'extraArgs={--log-level=debug}',
      'extraArgs has --log-level, which the chart sets',
    ],
    [
      'a scrape that outlasts its interval',
      'monitoring.serviceMonitor.enabled=true,monitoring.serviceMonitor.interval=5s',
      'scrapeTimeout (10s) is longer than',
    ],
    ['a repository with a tag', 'image.repository=registry.example:5000/operator:1.0', "at '/image/repository'"],
    ['an API that one pod answers for', 'replicas=1', 'set replicas=2, or apiService.enabled=false'],
    ['a Secret without a name', 'certificate.source=secret', 'set certificate.secretName to a Secret'],
    [
      'a Secret whose authority is not given',
      'certificate.source=secret,certificate.secretName=theirs',
      'give the authority’s certificates as PEM, with --set-file certificate.caBundle=ca.crt',
    ],
    [
      'a Secret that nothing takes',
      'certificate.secretName=theirs',
      'set certificate.source=secret, or leave them out',
    ],
    [
      'an issuer that nothing takes',
      'certificate.certManager.issuerRef.name=theirs',
      'set certificate.source=certManager, or leave it out',
    ],
    ['a leader that gives up too late', 'lease.renewDeadlineSeconds=15', 'lease.durationSeconds (15) must be greater'],
    [
      'a leader that tries too seldom',
      'lease.retryPeriodSeconds=10',
      'lease.renewDeadlineSeconds (10), and that greater',
    ],
    [
      'a binding of a role that is not there',
      'userRoles.create=false,userRoles.bindings.viewer[0].kind=User,userRoles.bindings.viewer[0].name=alice,' +
        'userRoles.bindings.viewer[0].apiGroup=rbac.authorization.k8s.io',
      'set userRoles.create=true, or leave the bindings out',
    ],
  ] as const)
    it(`refuses ${what}, with the remedy`, async () => {
      const refusal = await render(set).then(
        () => '',
        (error: unknown) => String(error),
      )
      expect(refusal).to.include(says.replace('’', "'"))
    })

  it('says what is off and what that means, and nothing of the kind with its defaults', async () => {
    const notes = async (...args: string[]) =>
      (await helm().run('install', 'rollouts', CHART, '--dry-run=client', ...args)).stdout.split('NOTES:')[1] ?? ''
    expect(await notes())
      .to.include('kubectl rollout status deployment/rollouts-autonomy-rollouts')
      .and.include('no namespace of the cluster can be deleted')
      .and.not.include('Mind:')
    expect(await notes('--set', 'networkPolicy.enabled=true')).to.include('until networkPolicy.extraEgress lets them')
    const risky =
      'apiService.enabled=false,replicas=1,admissionPolicies.enabled=false,rbac.create=false,crds.install=false'
    const [, minded = ''] = (await notes('--set', risky)).split('Mind:\n\n')
    expect(minded.trim().split('\n')).to.have.length(5)
  })

  it('binds the roles for people to whom values name', async () => {
    const who = { kind: 'Group', name: 'on-call', apiGroup: 'rbac.authorization.k8s.io' }
    const objects = await helm().template('--set-json', `userRoles.bindings.operator=${JSON.stringify([who])}`)
    const binding = objects.find(
      ({ metadata, kind }) => kind === 'ClusterRoleBinding' && metadata.name.endsWith('-operator'),
    )
    expect(binding?.subjects).to.deep.equal([who])
    expect(objects.filter(({ kind }) => kind === 'ClusterRoleBinding')).to.have.length(2)
  })

  it('opens to the network what it needs and no more', async () => {
    type Policy = { readonly spec: { readonly ingress: unknown; readonly egress: unknown } }
    expect(one(await render(), 'NetworkPolicy')).to.equal(undefined)
    const policy = one<Policy>(await render('networkPolicy.enabled=true'), 'NetworkPolicy')
    expect(policy?.spec.ingress).to.deep.equal([{ ports: [{ port: 'https' }] }])
    const ports = (...numbers: number[]) => ({ ports: numbers.map(port => ({ port })) })
    const dns = ['UDP', 'TCP'].map(protocol => ({ port: 53, protocol }))
    expect(policy?.spec.egress).to.deep.equal([{ ports: dns }, ports(443, 6443)])
  })
})
