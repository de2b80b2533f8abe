import { join } from 'node:path'
import { expect } from 'chai'
import { RELEASE } from '../../operator/release.ts'
import { runKubectl } from '../api/server.ts'
import { established } from '../cluster/established.ts'
import { until } from '../cluster/wait.ts'
import { withCluster } from './cluster.ts'
import { CHART, withHelm } from './helm.ts'

const CRDS = [
  'customresourcedefinition.apiextensions.k8s.io/rolloutplans.fleet.autonomyops.dev',
  'customresourcedefinition.apiextensions.k8s.io/rolloutrecoveries.fleet.autonomyops.dev',
]
const PLAN = 'rolloutplan.fleet.autonomyops.dev/agent-1-4-2'
const MINIMAL_PLAN = join(import.meta.dirname, '../../examples/plan-minimal.yaml')

/** The tests follow one release through its life, in their order. */
describe('release of the chart on a cluster', () => {
  const cluster = withCluster()
  const helm = withHelm()

  const run = async (...args: string[]) => await helm().run(...args, '--kubeconfig', cluster().adminKubeconfig)
  const succeed = async (...args: string[]) => {
    const output = await run(...args)
    expect(output.code, output.stderr).to.equal(0)
    return output.stdout
  }
  const kubectl = async (...args: string[]) => {
    const output = await runKubectl(cluster(), args)
    expect(output.code, output.stderr).to.equal(0)
    return output.stdout
  }
  const names = async (...args: string[]) => (await kubectl('get', ...args, '-o', 'name')).split('\n').filter(Boolean)
  const identity = async () => {
    const ours = ['--selector', 'app.kubernetes.io/part-of=autonomy-rollouts', '--all-namespaces']
    return await names('serviceaccount,clusterrole,clusterrolebinding,role,rolebinding', ...ours)
  }
  const policies = async () => await names('mutatingadmissionpolicies,validatingadmissionpolicies')
  const uidOfPlan = async () => await kubectl('get', PLAN, '-o', 'jsonpath={.metadata.uid}')

  it('installs the API and the identity, and says what to do next', async () => {
    const notes = await succeed('install', 'autonomy-rollouts', CHART, '--create-namespace')
    expect(notes).to.include('The rollout operator starts in namespace ops, with 2 replicas.')
    expect(notes).to.not.include('Mind:')
    expect(await names('crd')).to.deep.equal(CRDS)
    expect(await identity()).to.deep.equal([
      'serviceaccount/autonomy-rollouts',
      'clusterrole.rbac.authorization.k8s.io/autonomy-rollouts',
      'clusterrole.rbac.authorization.k8s.io/autonomy-rollouts-admin',
      'clusterrole.rbac.authorization.k8s.io/autonomy-rollouts-approver',
      'clusterrole.rbac.authorization.k8s.io/autonomy-rollouts-operator',
      'clusterrole.rbac.authorization.k8s.io/autonomy-rollouts-reporter',
      'clusterrole.rbac.authorization.k8s.io/autonomy-rollouts-viewer',
      'clusterrolebinding.rbac.authorization.k8s.io/autonomy-rollouts',
      'role.rbac.authorization.k8s.io/autonomy-rollouts-leader',
      'role.rbac.authorization.k8s.io/autonomy-rollouts-serving',
      'rolebinding.rbac.authorization.k8s.io/autonomy-rollouts-authentication-reader',
      'rolebinding.rbac.authorization.k8s.io/autonomy-rollouts-leader',
      'rolebinding.rbac.authorization.k8s.io/autonomy-rollouts-serving',
    ])
    expect(await policies()).to.deep.equal([
      'mutatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-stamp-plan',
      'mutatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-stamp-recovery',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-apiservice',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-event',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-job',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-lease',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-member',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-node',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-origin',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-plan',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-recovery',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-secret',
      'validatingadmissionpolicy.admissionregistration.k8s.io/autonomy-rollouts-status',
    ])
    await established(cluster())
    // The API server serves a kind first, and publishes what kubectl explains it from some time later.
    for (const command of [
      ['get', 'rplan,rrec', '--all-namespaces'],
      ['explain', 'rplan.spec'],
      ['explain', 'rrec.spec'],
    ]) {
      const served = async () => (await runKubectl(cluster(), command)).code === 0
      await until(served, { what: `kubectl ${command.join(' ')}`, withinMs: 20_000 })
    }
  })

  it('names commands that work', async () => {
    const notes = await succeed('get', 'notes', 'autonomy-rollouts')
    const commands = notes.split('\n').flatMap(line => line.match(/^ {2}kubectl (.*[^&])$/)?.[1] ?? [])
    expect(commands).to.have.length(3)
    const list = commands.find(command => command.startsWith('get rplan'))
    await kubectl(...(list ?? '').split(' '))
    // Nothing runs pods here: what is waited for is known, and does not come.
    for (const command of commands.filter(line => line.includes(' --timeout 2m'))) {
      const { stderr } = await runKubectl(cluster(), command.replace('2m', '1s').split(' '))
      expect(stderr, command).to.match(/timed out/)
    }
    const { stderr } = await runKubectl(cluster(), (commands.at(-1) ?? '').split(' '))
    expect(stderr).to.include('ServiceUnavailable')
  })

  it('refuses a second release, because two operators would work on the same plans', async () => {
    const { code, stderr } = await run('install', 'another', CHART)
    expect(code).to.equal(1)
    expect(stderr).to.include('rolloutplans.fleet.autonomyops.dev')
    expect(stderr).to.include('current value is "autonomy-rollouts"')
    const apart = ['--namespace', 'apart', '--create-namespace']
    const little = await run(
      'install',
      'another',
      CHART,
      ...apart,
      '--set',
      'crds.install=false,apiService.enabled=false',
    )
    expect(little.code).to.equal(1)
    expect(little.stderr).to.include('autonomy-rollouts-status').and.include('current value is "autonomy-rollouts"')
  })

  it('keeps plans over an upgrade', async () => {
    // What fills in who created it takes effect a little later than what asks for that.
    const applied = async () => (await runKubectl(cluster(), ['apply', '-f', MINIMAL_PLAN])).code === 0
    await until(applied, { what: 'the plan is created', withinMs: 20_000 })
    const before = await uidOfPlan()
    await kubectl('create', 'namespace', 'fleet')
    await succeed('upgrade', 'autonomy-rollouts', CHART, '--set', 'podNamespaces={fleet}')
    expect(await identity()).to.include('role.rbac.authorization.k8s.io/autonomy-rollouts-pods')
    expect(await uidOfPlan()).to.equal(before)
  })

  it('brings a definition back that somebody changed', async () => {
    const changed = { metadata: { labels: { 'app.kubernetes.io/version': '0.0.1' } } }
    await kubectl('patch', CRDS[0] ?? '', '--type=merge', '--patch', JSON.stringify(changed))
    await succeed('upgrade', 'autonomy-rollouts', CHART, '--force-conflicts')
    const label = await kubectl('get', CRDS[0] ?? '', '-o', 'jsonpath={.metadata.labels.app\\.kubernetes\\.io/version}')
    expect(label).to.equal(RELEASE)
  })

  it('keeps the definitions and plans when it is told not to install them any more', async () => {
    const before = await uidOfPlan()
    await succeed('upgrade', 'autonomy-rollouts', CHART, '--set', 'crds.install=false')
    expect(await names('crd')).to.deep.equal(CRDS)
    expect(await uidOfPlan()).to.equal(before)
  })

  it('takes the identity and the policies away when it is uninstalled, and keeps the definitions and plans', async () => {
    await succeed('upgrade', 'autonomy-rollouts', CHART, '--set', 'crds.install=true')
    const before = await uidOfPlan()
    await succeed('uninstall', 'autonomy-rollouts')
    expect(await identity()).to.deep.equal([])
    expect(await policies()).to.deep.equal([])
    expect(await names('crd')).to.deep.equal(CRDS)
    expect(await uidOfPlan()).to.equal(before)
  })

  it('takes them up again when it is installed again', async () => {
    const before = await uidOfPlan()
    await succeed('install', 'autonomy-rollouts', CHART)
    expect(await uidOfPlan()).to.equal(before)
  })

  it('hands them to another release that asks for them', async () => {
    const before = await uidOfPlan()
    await succeed('uninstall', 'autonomy-rollouts')
    await succeed('install', 'another', CHART, '--take-ownership')
    expect(await uidOfPlan()).to.equal(before)
  })
})
