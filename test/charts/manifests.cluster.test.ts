import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadAll } from 'js-yaml'
import { after, before } from 'mocha'
import { runKubectl } from '../api/server.ts'
import { until } from '../cluster/wait.ts'
import { withCluster } from './cluster.ts'
import type { Rendered } from './helm.ts'
import { renderManifests } from './manifests/render.ts'
import type { Manifests } from './manifests/render.ts'

const PLAN = join(import.meta.dirname, '../../examples/plan-minimal.yaml')
const APPLY = ['apply', '--server-side', '-f']

/** The tests follow one installation through its life, in their order. */
describe('plain manifests', () => {
  const cluster = withCluster()
  let folder = ''
  let manifests: Manifests = {}

  before(async function () {
    this.timeout(60_000)
    folder = await realpath(await mkdtemp(join(tmpdir(), 'autonomy-manifests-')))
    manifests = await renderManifests(['--set', 'image.repository=registry.example/autonomy-rollouts'])
    for (const [name, text] of Object.entries(manifests)) await writeFile(join(folder, name), text)
  })
  after(async () => {
    await rm(folder, { recursive: true })
  })

  const objectsOf = (name: string) => loadAll(manifests[name] ?? '') as Rendered[]
  const kindsOf = (name: string) => objectsOf(name).map(({ kind }) => kind)
  const pathOf = (name: string) => join(folder, name)
  const kubectl = async (...args: string[]) => {
    const { code, stdout, stderr } = await runKubectl(cluster(), args)
    expect(code, stderr).to.equal(0)
    return stdout
  }

  it('begin with the definitions, and then the namespace', () => {
    const start = ['CustomResourceDefinition', 'CustomResourceDefinition', 'Namespace']
    for (const name of ['install.yaml', 'install-without-api.yaml'])
      expect(kindsOf(name).slice(0, 3)).to.deep.equal(start)
    expect(kindsOf('crds.yaml')).to.deep.equal(start.slice(0, 2))
  })

  it('are in two parts what they are in one, but for the namespace', () => {
    const whole = objectsOf('install.yaml').filter(({ kind }) => kind !== 'Namespace')
    expect([...objectsOf('crds.yaml'), ...objectsOf('operator.yaml')]).to.deep.equal(whole)
  })

  it('register the API but where it is left out', () => {
    expect(kindsOf('install.yaml')).to.include('APIService').and.include('Deployment')
    expect(kindsOf('install-without-api.yaml')).to.include('Deployment').and.not.include('APIService')
  })

  it('have what takes a newer cluster in a file of its own', () => {
    const policies = (kind: string) =>
      objectsOf('stamp.yaml').flatMap(object => (object.kind === kind ? [object.metadata.name] : []))
    expect(policies('MutatingAdmissionPolicy')).to.have.length(2)
    expect(policies('MutatingAdmissionPolicyBinding')).to.have.length(2)
    const strict = ['autonomy-rollouts-plan', 'autonomy-rollouts-recovery']
    expect(policies('ValidatingAdmissionPolicy')).to.deep.equal(strict)
    expect(kindsOf('stamp.yaml')).to.have.length(6)
    expect(kindsOf('install.yaml')).to.not.include('MutatingAdmissionPolicy')
  })

  it('have the image that they are told', () => {
    for (const name of ['operator.yaml', 'install-without-api.yaml'])
      expect(manifests[name]).to.match(/image: "registry\.example\/autonomy-rollouts:/)
  })

  it('do not call themselves those of Helm', () => {
    for (const text of Object.values(manifests)) expect(text).to.not.match(/helm\.sh|managed-by: Helm/)
  })

  it('are applied to an empty cluster, in one go', async () => {
    const applied = await kubectl(...APPLY, pathOf('install.yaml'))
    expect(applied.trim().split('\n')).to.have.length(objectsOf('install.yaml').length)
  })

  it('change nothing when they are applied again', async () => {
    const before = await served()
    await kubectl(...APPLY, pathOf('install.yaml'))
    expect(await served()).to.deep.equal(before)
    await kubectl('diff', '--server-side', '-f', pathOf('install.yaml'))
  })

  it('let a plan be created unsigned, where nothing signs it', async () => {
    // A policy takes effect a little later than it is there.
    const forged = await variantOf('forged', '\n  annotations: { fleet.autonomyops.dev/created-by: somebody-else }')
    const held = async () => (await runKubectl(cluster(), ['create', '--dry-run=server', '-f', forged])).code !== 0
    await until(held, { what: 'a plan with the name of another is refused', withinMs: 20_000 })
    await kubectl('apply', '-f', PLAN)
    const created = await kubectl('get', 'rplan', '-A', '-o', 'jsonpath={.items[*].metadata.annotations}')
    expect(created).to.not.include('fleet.autonomyops.dev/created-by')
  })

  it('have who creates a plan filled in and insisted on, where the cluster can', async () => {
    await kubectl(...APPLY, pathOf('stamp.yaml'))
    const path = await variantOf('stamped')
    const dryRun = ['create', '--dry-run=server', '-o', 'jsonpath={.metadata.annotations}', '-f', path]
    const stamped = async () =>
      (await runKubectl(cluster(), dryRun)).stdout.includes('fleet.autonomyops.dev/created-by')
    await until(stamped, { what: 'a plan is signed', withinMs: 20_000 })
    await kubectl('apply', '-f', path)
    const policy = ['get', 'validatingadmissionpolicy', 'autonomy-rollouts-plan', '-o', 'yaml']
    expect(await kubectl(...policy)).to.include('was not filled in')
  })

  it('are taken away as the page says, and every plan stays', async () => {
    await kubectl('delete', 'apiservice', 'v1.orchestrator.autonomyops.dev')
    await kubectl('delete', '--ignore-not-found', '-f', pathOf('operator.yaml'), '-f', pathOf('stamp.yaml'))
    const left = 'deployments,mutatingadmissionpolicies,validatingadmissionpolicies'
    expect(await kubectl('get', left, '-A', '-o', 'name')).to.equal('')
    expect(await kubectl('get', 'rplan', '-A', '-o', 'name')).to.include('rolloutplan.fleet.autonomyops.dev/')
  })

  /** A file with the plan of the example under another name. */
  async function variantOf(name: string, metadata = ''): Promise<string> {
    const text = await readFile(PLAN, 'utf8')
    const path = pathOf(`${name}.yaml`)
    await writeFile(path, text.replace(/^ {2}name: .*$/m, `  name: ${name}${metadata}`))
    return path
  }

  /** What the API server has, without what it writes itself as time passes. */
  async function served(): Promise<readonly unknown[]> {
    const list = JSON.parse(await kubectl('get', '-f', pathOf('install.yaml'), '-o', 'json')) as {
      readonly items: readonly (Rendered & { readonly status?: unknown })[]
    }
    return list.items.map(({ status: _status, metadata, ...object }) => {
      const { managedFields: _fields, resourceVersion: _version, ...kept } = { ...metadata } as Kept
      return { ...object, metadata: kept }
    })
  }
})

type Kept = Rendered['metadata'] & { readonly managedFields?: unknown; readonly resourceVersion?: string }
