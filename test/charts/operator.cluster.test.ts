import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadAll } from 'js-yaml'
import { runKubectl } from '../api/server.ts'
import { established } from '../cluster/established.ts'
import { freePorts } from '../cluster/port.ts'
import { until } from '../cluster/wait.ts'
import { direct } from '../rest/door.ts'
import { APISERVICE, FLEET, SYSTEM, startOperator } from '../rest/ground.ts'
import type { Flags, Replica } from '../rest/ground.ts'
import { withCluster } from './cluster.ts'
import { CHART, withHelm } from './helm.ts'
import type { Rendered } from './helm.ts'

const PODS = ['pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator']
const OURS = ['--selector', 'app.kubernetes.io/part-of=autonomy-rollouts', '--all-namespaces']

/** Pods are created here and run nowhere; what they would do, a process does under their account. In the tests' order. */
describe('operator under the chart', () => {
  const cluster = withCluster({ controllerManager: true, auditLog: true })
  const helm = withHelm()
  let replica: Replica | undefined
  let port = 0

  const kubectl = async (args: readonly string[], object?: object) => {
    const options = object === undefined ? {} : { input: JSON.stringify(object) }
    const { code, stdout, stderr } = await runKubectl(cluster(), args, options)
    expect(code, `kubectl ${args.join(' ')}: ${stderr}`).to.equal(0)
    return stdout
  }
  const succeed = async (...args: string[]) => {
    const admin = ['--namespace', SYSTEM, '--kubeconfig', cluster().adminKubeconfig]
    const { code, stdout, stderr } = await helm().run(...args, ...admin)
    expect(code, stderr).to.equal(0)
    return stdout
  }
  const upgrade = async (...args: string[]) => await succeed('upgrade', 'autonomy-rollouts', CHART, ...args)
  const caBundle = async () => await kubectl(['get', 'apiservice', APISERVICE, '-o', 'jsonpath={.spec.caBundle}'])
  const start = async (flags: Flags) => {
    const { kubeconfig } = await cluster().clientForServiceAccount({ namespace: SYSTEM, name: 'autonomy-rollouts' })
    replica = startOperator('replica', cluster(), { kubeconfig, 'rest-address': `127.0.0.1:${port}`, ...flags })
    return replica
  }
  const stop = async () => {
    await replica?.kill('SIGTERM')
    replica = undefined
  }

  before(async function () {
    this.timeout(60_000)
    port = (await freePorts(1))[0] ?? 0
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
    await kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM, labels } })
    await kubectl(['create', 'namespace', FLEET])
    await succeed('install', 'autonomy-rollouts', CHART)
    await established(cluster())
  })
  after(stop)

  it('has two pods, which are admitted where Pod Security restricts them', async () => {
    const pods = async () => (await kubectl(['get', ...PODS, '-o', 'name'])).trim().split('\n').length === 2
    await until(pods, { what: 'two pods are created', withinMs: 20_000 })
    const { items } = JSON.parse(await kubectl(['get', ...PODS, '-o', 'json'])) as {
      readonly items: readonly { readonly spec: object }[]
    }
    const again = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x', namespace: SYSTEM },
      spec,
    })
    const spec = items[0]?.spec ?? {}
    await kubectl(['create', '--dry-run=server', '-f', '-'], again(spec))
    const { stderr } = await runKubectl(cluster(), ['create', '--dry-run=server', '-f', '-'], {
      input: JSON.stringify(again({ ...spec, hostNetwork: true })),
    })
    expect(stderr).to.include('violates PodSecurity "restricted:latest"')
  })

  it('has a test that is admitted there, too', async () => {
    const hooks = loadAll(await succeed('get', 'hooks', 'autonomy-rollouts')) as Rendered[]
    const account = { apiVersion: 'v1', kind: 'List', items: hooks.filter(({ kind }) => kind !== 'Pod') }
    await kubectl(['create', '-f', '-'], account)
    const [pod, ...others] = hooks.filter(({ kind }) => kind === 'Pod')
    expect(await kubectl(['create', '--dry-run=server', '-f', '-'], pod)).to.include('autonomy-rollouts-check created')
    expect(others).to.deep.equal([])
    await kubectl(['delete', '-f', '-'], account)
  })

  it('fills in caBundle, which upgrades of either kind leave alone', async () => {
    expect(await caBundle()).to.equal('')
    await start({})
    await until(async () => (await caBundle()) !== '', { what: 'caBundle is filled in', withinMs: 30_000 })
    await stop()
    const filled = await caBundle()
    for (const [kind, version] of [
      ['--server-side=true', '9.9.1'],
      ['--server-side=false', '9.9.2'],
    ] as const) {
      // Another version, so that there is something to write.
      await helm().run('package', CHART, '--version', version, '--destination', helm().folder)
      await succeed('upgrade', 'autonomy-rollouts', join(helm().folder, `autonomy-rollouts-${version}.tgz`), kind)
      const label = ['-o', 'jsonpath={.metadata.labels.helm\\.sh/chart}']
      expect(await kubectl(['get', 'apiservice', APISERVICE, ...label])).to.equal(`autonomy-rollouts-${version}`)
      expect(await caBundle(), kind).to.equal(filled)
    }
  })

  it('serves direct callers without any right that the aggregated API takes', async () => {
    await upgrade('--set', 'deployment.enabled=false,apiService.enabled=false')
    await kubectl(['create', 'serviceaccount', 'bot', '-n', FLEET])
    const viewer = ['create', 'rolebinding', 'bot', '-n', FLEET, '--clusterrole=autonomy-rollouts-viewer']
    await kubectl([...viewer, `--serviceaccount=${FLEET}:bot`])
    const { log } = await start({ aggregated: 'off' })
    const secret = ['get', 'secret', '-n', SYSTEM, 'autonomy-rollouts-serving', '-o', 'jsonpath={.data.ca\\.crt}']
    const ca = Buffer.from(await kubectl(secret), 'base64').toString('utf8')
    const bot = await direct(cluster(), port, ca, 'bot', 'orchestrator.autonomyops.dev')
    const answered = async () =>
      await bot.call('GET', `/namespaces/${FLEET}/rollouts`).then(
        ({ status }) => status === 200,
        () => false,
      )
    await until(answered, { what: 'a viewer is answered', withinMs: 30_000, everyMs: 250 })
    expect(await bot.call('POST', `/namespaces/${FLEET}/rollouts/x/halt`, { body: { reason: 'x' } })).to.include({
      status: 403,
    })
    expect(log(400)).to.not.match(/forbidden/i)
  })

  it('has its leases and its questions about callers put ahead of other accounts', async () => {
    for (const [schema, level] of [
      ['leader', 'leader-election'],
      ['reviews', 'workload-high'],
    ]) {
      const line = `dispatched_requests_total{flow_schema="autonomy-rollouts-${schema}",priority_level="${level}"}`
      const counted = async () => (await kubectl(['get', '--raw', '/metrics'])).includes(line)
      await until(counted, { what: `requests of ${schema} are at level ${level}`, withinMs: 10_000 })
    }
  })

  it('goes without a trace, its registration before everything that answers for it', async () => {
    await stop()
    await upgrade('--reset-values')
    await succeed('uninstall', 'autonomy-rollouts')
    const lines = (await readFile(cluster().apiServer.auditLog ?? '', 'utf8')).split('\n').filter(Boolean)
    const deleted = lines
      .map(line => JSON.parse(line) as AuditEvent)
      .filter(({ verb, userAgent }) => verb === 'delete' && userAgent?.startsWith('Helm/') === true)
      .map(({ objectRef }) => objectRef?.resource)
    const since = deleted.lastIndexOf('apiservices')
    expect(deleted.slice(since + 1), 'what goes after it').to.include.members([
      'deployments',
      'services',
      'serviceaccounts',
      'flowschemas',
    ])
    const kinds = ['apiservice', 'flowschema', 'deployment', 'service', 'networkpolicy', 'poddisruptionbudget']
    const left = await kubectl(['get', [...kinds, 'resourcequota', 'clusterrole'].join(','), ...OURS, '-o', 'name'])
    expect(left).to.equal('')
    await kubectl(['delete', 'namespace', FLEET, '--timeout=30s'])
  })
})

type AuditEvent = {
  readonly verb: string
  readonly userAgent?: string
  readonly objectRef?: { readonly resource?: string }
}
