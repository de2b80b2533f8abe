import { globSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadAll } from 'js-yaml'
import { after, before } from 'mocha'
import { run, withApi } from '../api/server.ts'
import type { Output } from '../api/server.ts'
import { CHART, withHelm } from '../charts/helm.ts'
import { resolveTools } from '../cluster/tools.ts'
import { until } from '../cluster/wait.ts'
import { SCHEMA_LOCATION, writeSchemas } from './schemas.ts'

const ROOT = join(import.meta.dirname, '../..')

const EVERYTHING = [
  ...['--set', 'networkPolicy.enabled=true,admissionPolicies.stamp=true,podNamespaces={fleet},logLevel=debug'],
  ...['--set', 'userRoles.bindings.viewer[0].kind=Group,userRoles.bindings.viewer[0].name=everybody'],
  ...['--set', 'userRoles.bindings.viewer[0].apiGroup=rbac.authorization.k8s.io'],
  ...['--set', 'monitoring.serviceMonitor.enabled=true,monitoring.prometheusRule.enabled=true'],
  ...['--set', 'monitoring.dashboard.enabled=true,monitoring.scrapers[0].name=prometheus'],
  ...['--set', 'monitoring.scrapers[0].namespace=monitoring'],
]
const VARIANTS: readonly (readonly [title: string, args: readonly string[]])[] = [
  ['default values', []],
  ['everything on', EVERYTHING],
  ['a certificate by cert-manager', ['--set', 'certificate.source=certManager']],
  ['no aggregated API', ['--set', 'apiService.enabled=false']],
]

/** What kube-score asks for and the chart does not do, and why. */
const ARGUED = [
  // A leader that is throttled loses its lease; it has a request, and a limit of memory.
  '--ignore-container-cpu-limit',
  // The tag is the version of the chart, and a digest can be given; asking the registry each time makes it a part of
  // every restart.
  ...['--ignore-test', 'container-image-pull-policy'],
  // The pods are spread over nodes and zones by topologySpreadConstraints, which let them run on one node, too.
  ...['--ignore-test', 'deployment-has-host-podantiaffinity'],
]
/** Who may reach the pods depends on where the API server is, so the policy is off until somebody says so. */
const NO_POLICY = ['--ignore-test', 'pod-networkpolicy']

const GROUPS = ['', 'apps', 'rbac.authorization.k8s.io', 'policy', 'networking.k8s.io', 'admissionregistration.k8s.io']
const SCHEMAS = [
  ...GROUPS.map(group => (group === '' ? 'api/v1' : `apis/${group}/v1`)),
  ...['apis/apiextensions.k8s.io/v1', 'apis/apiregistration.k8s.io/v1', 'apis/flowcontrol.apiserver.k8s.io/v1'],
  ...['apis/coordination.k8s.io/v1', 'apis/batch/v1', 'apis/fleet.autonomyops.dev/v1alpha1'],
  'apis/monitoring.coreos.com/v1',
]

/** Kinds whose definitions belong to others and are not on the test server. */
const FOREIGN = [
  'Certificate',
  'Issuer',
  'Application',
  'OCIRepository',
  'HelmRelease',
  'Kustomization',
  'ServiceMonitor',
]

describe('chart before the judges', () => {
  const api = withApi()
  const helm = withHelm()
  let tools: Awaited<ReturnType<typeof resolveTools<'kubeconform' | 'kube-score' | 'helm-docs'>>>
  let schemas = ''

  before(async function () {
    this.timeout(120_000)
    tools = await resolveTools(['kubeconform', 'kube-score', 'helm-docs'])
    const operator = ['apply', '--server-side', '-f', join(ROOT, 'test/charts/prometheus-operator')]
    expect(await api().kubectl(operator)).to.include({ code: 0 })
    const published = async () => {
      const asked = SCHEMAS.map(async group => await api().cluster.request('GET', `/openapi/v3/${group}`))
      return (await Promise.all(asked)).every(({ status }) => status === 200)
    }
    await until(published, { what: 'the OpenAPI of all kinds is published', withinMs: 30_000 })
    schemas = await writeSchemas(api().cluster, SCHEMAS)
  })
  after(async () => {
    if (schemas !== '') await rm(schemas, { recursive: true })
  })

  const judged = async (command: string, ...args: string[]) => await run(command, args, { home: helm().folder })

  async function rendered(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await helm().run('template', 'rollouts', CHART, ...args)
    expect(code, stderr).to.equal(0)
    return stdout
  }

  async function file(text: string): Promise<string> {
    const path = join(helm().folder, 'judged.yaml')
    await writeFile(path, text)
    return path
  }

  async function scored(text: string, ...args: readonly string[]): Promise<string[]> {
    const options = ['--output-format', 'ci', '--kubernetes-version', 'v1.36', ...ARGUED, ...args]
    const { stdout } = await judged(tools['kube-score'], 'score', ...options, await file(text))
    expect(stdout).to.include('[OK]')
    return stdout.split('\n').filter(line => /^\[(CRITICAL|WARNING)\]/.test(line))
  }

  for (const [title, args] of VARIANTS)
    it(`kube-score finds nothing with ${title}`, async () => {
      expect(await scored(await rendered(...args), ...NO_POLICY)).to.deep.equal([])
    })

  it('kube-score finds nothing about the network either, when the policy is on', async () => {
    expect(await scored(await rendered('--no-hooks', '--set', 'networkPolicy.enabled=true'))).to.deep.equal([])
  })

  it('kube-score finds what is taken away', async () => {
    const weak = (await rendered()).replaceAll('readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false')
    expect((await scored(weak, ...NO_POLICY)).join('\n')).to.include('writable root filesystem')
  })

  async function conforms(...args: readonly string[]): Promise<Output> {
    const location = ['-strict', '-schema-location', `${schemas}/${SCHEMA_LOCATION}`, '-skip', FOREIGN.join(',')]
    return await judged(tools.kubeconform, ...location, '-summary', '-output', 'text', ...args)
  }

  for (const [title, args] of VARIANTS)
    it(`conforms to the schemas of the API server with ${title}`, async () => {
      const { code, stdout } = await conforms(await file(await rendered(...args)))
      expect(code, stdout).to.equal(0)
      expect(stdout).to.match(/Invalid: 0, Errors: 0/)
    })

  it('conforms to them in every example, and in whatever docs show', async () => {
    const files = globSync(['examples/**/*.yaml', 'docs/**/*.yaml'], { cwd: ROOT })
    const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT })
    const read = async (paths: readonly string[]) =>
      await Promise.all(paths.map(async path => await readFile(join(ROOT, path), 'utf8')))
    const shown = (await read(pages)).flatMap(objectsOn)
    const all = [...(await read(files)), ...shown]
    expect(files.length).to.be.greaterThan(10)
    expect(shown.length).to.be.greaterThan(0)
    const { code, stdout } = await conforms(await file(all.join('\n---\n')))
    expect(code, stdout).to.equal(0)
    const foreign = all
      .flatMap(text => loadAll(text))
      .filter(object => FOREIGN.includes((object as { readonly kind: string }).kind))
    expect(Number(stdout.match(/Skipped: (\d+)/)?.[1])).to.equal(foreign.length)
  })

  it('would not conform with a field that nobody knows', async () => {
    const misspelt = (await rendered()).replace('priorityClassName:', 'priorityClass:')
    const { code, stdout } = await conforms(await file(misspelt))
    expect(code).to.equal(1)
    expect(stdout).to.include("additional properties 'priorityClass' not allowed")
  })

  it('helm-docs writes the table of values that the README has', async () => {
    const options = ['--dry-run', '--chart-search-root', CHART, '--sort-values-order', 'file', '--log-level', 'error']
    const { code, stdout, stderr } = await judged(tools['helm-docs'], ...options)
    expect(code, stderr).to.equal(0)
    const table = (text: string) => text.match(/\| Key \| Type \| Default \| Description \|\n(?:\|.*\n)+/)?.[0] ?? ''
    expect(table(stdout).split('\n').length).to.be.greaterThan(10)
    expect(table(await readFile(join(CHART, 'README.md'), 'utf8'))).to.equal(table(stdout))
  })

  describe('where the namespace warns of what is not restricted', () => {
    const warned = async (text: string) => {
      const { code, stderr } = await api().kubectl(['apply', '--dry-run=server', '-n', 'ops', '-f', '-'], text)
      expect(code, stderr).to.equal(0)
      return stderr
    }
    /** What has pods, and the accounts that they need. */
    const podsOf = async (...args: readonly string[]) =>
      (await rendered(...args)).split(/^---$/m).filter(text => /^kind: (Deployment|Pod|Job)$/m.test(text))

    before(async () => {
      const labels = { 'pod-security.kubernetes.io/warn': 'restricted' }
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ops', labels } }
      await api().cluster.request('POST', '/api/v1/namespaces', namespace)
      for (const name of ['rollouts-autonomy-rollouts', 'rollouts-autonomy-rollouts-check'])
        await api().kubectl(['create', 'serviceaccount', name, '-n', 'ops'])
    })

    for (const [title, args] of VARIANTS)
      it(`no pod is warned of with ${title}`, async () => {
        const pods = await podsOf(...args)
        expect(pods.length).to.equal(2)
        for (const text of pods) expect(await warned(text)).to.equal('')
      })

    it('a pod with more rights is', async () => {
      const [text = ''] = await podsOf()
      const open = text.replaceAll('allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true')
      expect(await warned(open)).to.include('would violate PodSecurity')
    })
  })
})

/** The blocks of a page that are objects; others are parts of one, or values of the chart. */
function objectsOn(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text)
  return blocks.filter(text => /^kind: /m.test(text))
}
