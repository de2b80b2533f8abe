import { readFileSync, readdirSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { load, loadAll } from 'js-yaml'
import { RELEASE } from '../../operator/release.ts'
import { CHART, withHelm } from './helm.ts'
import type { Rendered } from './helm.ts'

const CRDS = join(import.meta.dirname, '../../crds')
const VARIANTS: readonly (readonly string[])[] = [
  [],
  ['--set', 'crds.install=false,podNamespaces={fleet,lab},admissionPolicies.stamp=true'],
  ['--set', 'rbac.create=false,userRoles.create=false,admissionPolicies.enabled=false'],
  ['--set', 'serviceAccount.create=false,serviceAccount.name=theirs,fullnameOverride=fleet-operator'],
  ['--set', `serviceAccount.annotations.iam\\.example/role=fleet,nameOverride=${'n'.repeat(53)}`],
  ['--set', 'deployment.enabled=false,apiService.create=false'],
  ['--set', 'replicas=1,apiService.enabled=false,networkPolicy.enabled=true,flowSchemas.enabled=false'],
  ['--set', 'certificate.source=secret,certificate.secretName=theirs,certificate.caBundle=-----BEGIN CERTIFICATE-----'],
  ['--set', 'certificate.source=certManager,priorityClassName=,image.pullSecrets[0].name=registry'],
]
const titleOf = (args: readonly string[]) => args[1] ?? 'default values'
const countsOf = (objects: readonly Rendered[]) =>
  Object.fromEntries([...Map.groupBy(objects, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]))
const IDENTITY = { ClusterRole: 1, ClusterRoleBinding: 1, Role: 2, RoleBinding: 3, ServiceAccount: 1 }
const PODS = { Deployment: 1, PodDisruptionBudget: 1, ResourceQuota: 1, Service: 1 }
const REGISTRATION = { APIService: 1, FlowSchema: 2 }
const ALONE = { ...PODS, ...REGISTRATION }
const POLICIES = { ValidatingAdmissionPolicy: 11, ValidatingAdmissionPolicyBinding: 11 }
const STAMPS = { MutatingAdmissionPolicy: 2, MutatingAdmissionPolicyBinding: 2 }

describe('chart autonomy-rollouts', () => {
  const helm = withHelm()

  for (const args of VARIANTS)
    it(`passes the strict lint, grants nothing by wildcard and labels everything with ${titleOf(args)}`, async () => {
      const [{ code, stdout }, objects] = await Promise.all([
        helm().run('lint', '--strict', CHART, ...args),
        helm().template(...args),
      ])
      expect(code, stdout).to.equal(0)
      expect(stdout).to.not.match(/WARNING|ERROR/)
      expect(stdout).to.include('1 chart(s) linted, 0 chart(s) failed')
      for (const { kind, metadata, rules = [] } of objects) {
        expect(metadata.labels, `${kind} ${metadata.name}`).to.include({
          'app.kubernetes.io/instance': 'rollouts',
          'app.kubernetes.io/managed-by': 'Helm',
          'app.kubernetes.io/part-of': 'autonomy-rollouts',
          'app.kubernetes.io/version': RELEASE,
          'helm.sh/chart': `autonomy-rollouts-${RELEASE}`,
        })
        const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
        expect(words).to.not.include('*')
        const secrets = rules.filter(({ resources }) => resources.includes('secrets'))
        for (const { verbs, resourceNames } of secrets)
          expect(resourceNames ?? [], `${kind} ${metadata.name}`).to.have.length(verbs.includes('create') ? 0 : 1)
      }
    })

  it('brings the definitions of the repository, marked to be kept, and else unchanged', async () => {
    const objects = await helm().template('--show-only', 'templates/crds.yaml')
    const bare = objects.map(object => {
      const { annotations, labels, ...metadata } = object.metadata
      expect(annotations).to.deep.equal({
        'argocd.argoproj.io/sync-options': 'Prune=false',
        'helm.sh/resource-policy': 'keep',
      })
      expect(labels).to.be.an('object')
      return { ...object, metadata }
    })
    const files = readdirSync(CRDS).sort()
    expect(bare).to.deep.equal(files.map(file => load(readFileSync(join(CRDS, file), 'utf8'))))
  })

  it('refuses to be rendered without the definitions, which a tool that leaves links out makes of it', async () => {
    const linkless = join(helm().folder, 'linkless')
    await cp(CHART, linkless, { recursive: true, filter: source => !source.includes('files') })
    const { code, stderr } = await helm().run('template', 'rollouts', linkless)
    expect(code).to.equal(1)
    expect(stderr).to.include('the definitions are missing').and.include('helm package')
    expect(await helm().run('template', 'rollouts', linkless, '--set', 'crds.install=false')).to.include({ code: 0 })
  })

  it('brings the same when it is packaged', async () => {
    const { stdout } = await helm().run('package', CHART, '--destination', helm().folder)
    const file = stdout.match(/saved it to: (.*\.tgz)/)?.[1] ?? ''
    const packaged = await helm().run('template', 'rollouts', file)
    const unpackaged = await helm().run('template', 'rollouts', CHART)
    expect(loadAll(packaged.stdout)).to.deep.equal(loadAll(unpackaged.stdout))
  })

  it('leaves the definitions out when told to', async () => {
    const objects = await helm().template('--set', 'crds.install=false')
    expect(countsOf(objects)).to.deep.equal({ ...IDENTITY, ClusterRole: 6, ...POLICIES, ...ALONE })
  })

  it('leaves the roles for people out when told to', async () => {
    const objects = await helm().template('--set', 'userRoles.create=false,crds.install=false')
    expect(countsOf(objects)).to.deep.equal({ ...IDENTITY, ...POLICIES, ...ALONE })
  })

  it('leaves the roles of the account out when told to', async () => {
    const objects = await helm().template('--set', 'rbac.create=false,crds.install=false')
    expect(countsOf(objects)).to.deep.equal({ ServiceAccount: 1, ClusterRole: 5, ...POLICIES, ...ALONE })
  })

  it('leaves the policies out when told to', async () => {
    const set = 'admissionPolicies.enabled=false,admissionPolicies.stamp=true,userRoles.create=false,crds.install=false'
    expect(countsOf(await helm().template('--set', set))).to.deep.equal({ ...IDENTITY, ...ALONE })
  })

  for (const [cluster, stamped, args] of [
    ['a cluster that can', true, ['--api-versions', 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy']],
    ['a cluster that cannot', false, []],
    ['any cluster when told so', true, ['--set', 'admissionPolicies.stamp=true']],
    ['any cluster when told so by a word', true, ['--set-string', 'admissionPolicies.stamp=true']],
    [
      'no cluster when told so',
      false,
      [
        ...['--set', 'admissionPolicies.stamp=false'],
        ...['--api-versions', 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'],
      ],
    ],
  ] as const)
    it(`has who asks filled in on ${cluster}`, async () => {
      const objects = await helm().template('--set', 'userRoles.create=false,crds.install=false', ...args)
      expect(countsOf(objects)).to.deep.equal({ ...IDENTITY, ...POLICIES, ...ALONE, ...(stamped ? STAMPS : {}) })
    })

  it('holds every policy fail-safe, and every check to denying', async () => {
    const policies = (await helm().template('--set', 'admissionPolicies.stamp=true')).filter(({ kind }) =>
      /AdmissionPolicy(Binding)?$/.test(kind),
    )
    const said = policies.map(({ kind, spec }) => [kind, spec?.failurePolicy, spec?.validationActions])
    const binding = 'ValidatingAdmissionPolicyBinding'
    for (const [kind, failurePolicy, actions] of said) {
      if (!String(kind).endsWith('Binding')) expect(failurePolicy).to.equal('Fail')
      if (kind === binding) expect(actions).to.deep.equal(['Deny'])
    }
    for (const policy of policies.filter(({ kind }) => !kind.endsWith('Binding')))
      expect(policies.filter(({ spec }) => spec?.policyName === policy.metadata.name)).to.have.length(1)
  })

  it('exempts the account from the policies by its own name', async () => {
    const objects = await helm().template('--set', 'serviceAccount.create=false,serviceAccount.name=theirs')
    const conditions = objects.flatMap(({ spec }) => spec?.matchConditions ?? []).map(({ expression }) => expression)
    const account = "'system:serviceaccount:ops:theirs'"
    expect(conditions.sort()).to.deep.equal([
      ...Array.from({ length: 3 }, () => `request.userInfo.username != ${account}`),
      ...Array.from({ length: 8 }, () => `request.userInfo.username == ${account}`),
    ])
  })

  it('says of every wider role what the narrower one says, and lets only viewing come with another role', async () => {
    const objects = await helm().template('--show-only', 'templates/user-roles.yaml')
    const [viewer, approver, reporter, operator, admin] = objects
    expect(objects.map(({ metadata }) => metadata.name.split('-').at(-1))).to.deep.equal([
      'viewer',
      'approver',
      'reporter',
      'operator',
      'admin',
    ])
    expect(approver?.rules).to.include.deep.members([...(viewer?.rules ?? [])])
    expect(reporter?.rules?.flatMap(({ resources, verbs }) => [...verbs, ...resources])).to.deep.equal([
      'create',
      'rollouts/gate-report',
    ])
    expect(objects.filter(object => JSON.stringify(object.rules).includes('gate-report'))).to.deep.equal([reporter])
    expect(operator?.rules).to.include.deep.members([...(approver?.rules ?? [])])
    expect(admin?.rules).to.include.deep.members([...(operator?.rules ?? [])])
    const aggregated = objects.filter(({ metadata }) =>
      Object.keys(metadata.labels ?? {}).some(key => key.includes('/aggregate-to-')),
    )
    expect(aggregated).to.deep.equal([viewer])
    expect(viewer?.rules?.flatMap(({ verbs }) => verbs)).to.have.members(['get', 'list', 'get', 'get', 'list', 'watch'])
  })

  it('lets an approver create no recovery while no policy asks for the right to its step', async () => {
    const createsRecoveries = async (...args: string[]) => {
      const roles = await helm().template('--show-only', 'templates/user-roles.yaml', ...args)
      const approver = roles.find(({ metadata }) => metadata.name.endsWith('-approver'))
      return approver?.rules?.some(
        ({ resources, verbs }) => resources.includes('rolloutrecoveries') && verbs.includes('create'),
      )
    }
    expect(await createsRecoveries()).to.equal(true)
    expect(await createsRecoveries('--set', 'admissionPolicies.enabled=false')).to.equal(false)
  })

  it('binds the roles to an account that is there already', async () => {
    const objects = await helm().template('--set', 'serviceAccount.create=false,serviceAccount.name=theirs')
    expect(countsOf(objects)).to.not.have.property('ServiceAccount')
    const subjects = objects.flatMap(object => object.subjects ?? [])
    const theirs = { kind: 'ServiceAccount', name: 'theirs', namespace: 'ops' }
    expect(subjects).to.deep.equal([theirs, theirs, theirs, theirs])
  })

  it('lets the operator see the pods of chosen namespaces only', async () => {
    const objects = await helm().template('--set', 'podNamespaces={fleet,lab}')
    const seesPods = objects.filter(({ rules = [] }) => rules.some(({ resources }) => resources.includes('pods')))
    expect(seesPods.map(({ kind, metadata }) => [kind, metadata.namespace])).to.deep.equal([
      ['Role', 'fleet'],
      ['Role', 'lab'],
    ])
  })

  it('lets the operator read Secrets for gates in chosen namespaces only, and in none by itself', async () => {
    const readsAnySecret = (objects: readonly Rendered[]) =>
      objects
        .filter(({ rules = [] }) =>
          rules.some(
            ({ resources, verbs, resourceNames }) =>
              resources.includes('secrets') && verbs.includes('get') && resourceNames === undefined,
          ),
        )
        .map(({ kind, metadata }) => [kind, metadata.namespace])
    expect(readsAnySecret(await helm().template())).to.deep.equal([])
    const objects = await helm().template('--set', 'gates.secretNamespaces={fleet}')
    expect(readsAnySecret(objects)).to.deep.equal([['Role', 'fleet']])
  })

  it('lets the operator run Jobs in the namespaces that are named for gates, and nowhere by itself', async () => {
    const runsJobs = (objects: readonly Rendered[]) =>
      objects
        .filter(({ rules = [] }) => rules.some(({ resources }) => resources.includes('jobs')))
        .map(({ kind, metadata }) => [kind, metadata.namespace])
    expect(runsJobs(await helm().template())).to.deep.equal([])
    const objects = await helm().template('--set', 'gates.jobNamespaces={fleet}')
    expect(runsJobs(objects)).to.deep.equal([['Role', 'fleet']])
  })

  it('calls what it installs like the release, and by the chart when the release is called otherwise', async () => {
    const nameOf = async (release: string) => {
      const { stdout } = await helm().run('template', release, CHART, '--show-only', 'templates/serviceaccount.yaml')
      return (load(stdout) as Rendered).metadata.name
    }
    expect(await nameOf('autonomy-rollouts')).to.equal('autonomy-rollouts')
    expect(await nameOf('fleet')).to.equal('fleet-autonomy-rollouts')
    expect(await nameOf('fleet.b')).to.equal('fleet-b-autonomy-rollouts')
  })

  it('takes names that YAML would read as numbers for names', async () => {
    const every = 'podNamespaces={7},gates.secretNamespaces={8},gates.jobNamespaces={9},certificate.source=certManager'
    const more =
      'networkPolicy.enabled=true,monitoring.serviceMonitor.enabled=true,monitoring.prometheusRule.enabled=true'
    const set = ['--set-string', every, '--set', `${more},fullnameOverride=rollouts,monitoring.dashboard.enabled=true`]
    const { code, stdout, stderr } = await helm().run('template', '123', CHART, '--namespace', '456', ...set)
    expect(code, stderr).to.equal(0)
    const objects = (loadAll(stdout) as (Rendered | null)[]).filter(object => object !== null)
    for (const { kind, metadata, subjects = [] } of objects) {
      const labels = Object.values(metadata.labels ?? {})
      const texts = [metadata.name, metadata.namespace ?? '', ...labels, ...subjects.map(({ namespace }) => namespace)]
      for (const text of texts) expect(text, `${kind} ${metadata.name}`).to.be.a('string')
    }
    expect(objects.some(({ metadata }) => metadata.namespace === '456')).to.equal(true)
    const odd = await helm().run('template', '123', CHART)
    expect(odd.stderr).to.include('the name of a Service begins with a letter: set fullnameOverride')
  })

  for (const [what, set, says] of [
    ['an unknown value', 'replica=2', "at '': additional properties 'replica' not allowed"],
    ['a misspelt value', 'crds.instal=true', "at '/crds': additional properties 'instal' not allowed"],
    ['a name that no Service can have', 'fullnameOverride=a.b', "at '/fullnameOverride': 'a.b' does not match pattern"],
    ['text for a switch', 'crds.install=maybe', "at '/crds/install': got string, want boolean"],
    [
      'a word that is none of those',
      'admissionPolicies.stamp=maybe',
      "at '/admissionPolicies/stamp': value must be one of",
    ],
    ['one namespace where a list is wanted', 'podNamespaces=fleet', "at '/podNamespaces': got string, want array"],
    [
      'a namespace of Secrets that cannot be',
      'gates.secretNamespaces={Fleet}',
      "at '/gates/secretNamespaces/0': 'Fleet'",
    ],
    [
      'Jobs of gates without the policies',
      'gates.jobNamespaces={fleet},admissionPolicies.enabled=false',
      'set admissionPolicies.enabled=true, or leave gates.jobNamespaces empty',
    ],
    ['a namespace that cannot be', 'podNamespaces={Fleet}', "at '/podNamespaces/0': 'Fleet' does not match pattern"],
    ['no account at all', 'serviceAccount.create=false', "at '/serviceAccount/name': minLength: got 0, want 1"],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await helm().run('template', 'rollouts', CHART, '--set', set)
      expect(code).to.equal(1)
      expect(stderr).to.include(says)
    })

  it('is the same for every cluster from 1.30 on, but for who asks', async () => {
    const versions = Array.from({ length: 8 }, (_, index) => `1.${30 + index}.0`)
    const all = await Promise.all(versions.map(async version => await helm().template('--kube-version', version)))
    for (const objects of all) expect(objects).to.deep.equal(all[0])
  })

  it('refuses a cluster older than 1.30', async () => {
    const { code, stderr } = await helm().run('template', 'rollouts', CHART, '--kube-version', '1.29.9')
    expect(code).to.equal(1)
    expect(stderr).to.include('chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.9')
    expect(await helm().template('--kube-version', '1.30.0-gke.1')).to.have.length.above(0)
  })
})
