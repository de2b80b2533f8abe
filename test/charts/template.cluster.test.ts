import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { load, loadAll } from 'js-yaml'
import { CHART, withHelm } from './helm.ts'
import type { Rendered } from './helm.ts'

const CRDS = join(import.meta.dirname, '../../crds')
const VARIANTS: readonly (readonly string[])[] = [
  [],
  ['--set', 'crds.install=false'],
  ['--set', 'podNamespaces={fleet,lab}'],
  ['--set', 'rbac.create=false'],
  ['--set', 'serviceAccount.create=false,serviceAccount.name=theirs'],
  ['--set', 'serviceAccount.annotations.iam\\.example/role=fleet'],
  ['--set', 'fullnameOverride=fleet-operator'],
  ['--set', `nameOverride=${'n'.repeat(53)}`],
]
const titleOf = (args: readonly string[]) => args[1] ?? 'default values'
const kindsOf = (objects: readonly Rendered[]) => objects.map(({ kind }) => kind).sort()
const IDENTITY = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'ServiceAccount']

describe('chart autonomy-rollouts', () => {
  const helm = withHelm()

  for (const args of VARIANTS)
    it(`passes the strict lint with ${titleOf(args)}`, async () => {
      const { code, stdout } = await helm().run('lint', '--strict', CHART, ...args)
      expect(code, stdout).to.equal(0)
      expect(stdout).to.not.match(/WARNING|ERROR/)
      expect(stdout).to.include('1 chart(s) linted, 0 chart(s) failed')
    })

  for (const args of VARIANTS)
    it(`grants nothing by wildcard and labels everything with ${titleOf(args)}`, async () => {
      const objects = await helm().template(...args)
      for (const { kind, metadata, rules = [] } of objects) {
        expect(metadata.labels, `${kind} ${metadata.name}`).to.include({
          'app.kubernetes.io/instance': 'rollouts',
          'app.kubernetes.io/managed-by': 'Helm',
          'app.kubernetes.io/part-of': 'autonomy-rollouts',
          'app.kubernetes.io/version': '0.1.0',
          'helm.sh/chart': 'autonomy-rollouts-0.1.0',
        })
        const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
        expect(words).to.not.include('*')
        expect(words).to.not.include('secrets')
      }
    })

  it('brings the definitions of the repository, marked to be kept, and else unchanged', async () => {
    const objects = await helm().template('--show-only', 'templates/crds.yaml')
    const bare = objects.map(object => {
      const { annotations, labels, ...metadata } = object.metadata
      expect(annotations).to.deep.equal({ 'helm.sh/resource-policy': 'keep' })
      expect(labels).to.be.an('object')
      return { ...object, metadata }
    })
    const files = readdirSync(CRDS).sort()
    expect(bare).to.deep.equal(files.map(file => load(readFileSync(join(CRDS, file), 'utf8'))))
  })

  it('brings the same when it is packaged', async () => {
    const { stdout } = await helm().run('package', CHART, '--destination', helm().folder)
    const file = stdout.match(/saved it to: (.*\.tgz)/)?.[1] ?? ''
    const packaged = await helm().run('template', 'rollouts', file)
    const unpackaged = await helm().run('template', 'rollouts', CHART)
    expect(loadAll(packaged.stdout)).to.deep.equal(loadAll(unpackaged.stdout))
  })

  it('leaves the definitions out when told to', async () => {
    expect(kindsOf(await helm().template('--set', 'crds.install=false'))).to.deep.equal(IDENTITY)
  })

  it('leaves the roles out when told to', async () => {
    const objects = await helm().template('--set', 'rbac.create=false,crds.install=false')
    expect(kindsOf(objects)).to.deep.equal(['ServiceAccount'])
  })

  it('binds the roles to an account that is there already', async () => {
    const objects = await helm().template('--set', 'serviceAccount.create=false,serviceAccount.name=theirs')
    expect(kindsOf(objects)).to.not.include('ServiceAccount')
    const subjects = objects.flatMap(object => object.subjects ?? [])
    expect(subjects).to.deep.equal([
      { kind: 'ServiceAccount', name: 'theirs', namespace: 'ops' },
      { kind: 'ServiceAccount', name: 'theirs', namespace: 'ops' },
    ])
  })

  it('lets the operator see the pods of chosen namespaces only', async () => {
    const objects = await helm().template('--set', 'podNamespaces={fleet,lab}')
    const seesPods = objects.filter(({ rules = [] }) => rules.some(({ resources }) => resources.includes('pods')))
    expect(seesPods.map(({ kind, metadata }) => [kind, metadata.namespace])).to.deep.equal([
      ['Role', 'fleet'],
      ['Role', 'lab'],
    ])
  })

  it('calls what it installs like the release, and by the chart when the release is called otherwise', async () => {
    const nameOf = async (release: string) => {
      const { stdout } = await helm().run('template', release, CHART, '--show-only', 'templates/serviceaccount.yaml')
      return (load(stdout) as Rendered).metadata.name
    }
    expect(await nameOf('autonomy-rollouts')).to.equal('autonomy-rollouts')
    expect(await nameOf('fleet')).to.equal('fleet-autonomy-rollouts')
  })

  for (const [what, set, says] of [
    ['an unknown value', 'replicas=2', "at '': additional properties 'replicas' not allowed"],
    ['a misspelt value', 'crds.instal=true', "at '/crds': additional properties 'instal' not allowed"],
    ['text for a switch', 'crds.install=maybe', "at '/crds/install': got string, want boolean"],
    ['one namespace where a list is wanted', 'podNamespaces=fleet', "at '/podNamespaces': got string, want array"],
    ['a namespace that cannot be', 'podNamespaces={Fleet}', "at '/podNamespaces/0': 'Fleet' does not match pattern"],
    ['no account at all', 'serviceAccount.create=false', "at '/serviceAccount/name': minLength: got 0, want 1"],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await helm().run('template', 'rollouts', CHART, '--set', set)
      expect(code).to.equal(1)
      expect(stderr).to.include(says)
    })

  it('refuses a cluster older than 1.30', async () => {
    const { code, stderr } = await helm().run('template', 'rollouts', CHART, '--kube-version', '1.29.9')
    expect(code).to.equal(1)
    expect(stderr).to.include('chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.9')
    expect(await helm().template('--kube-version', '1.30.0-gke.1')).to.have.length.above(0)
  })
})
