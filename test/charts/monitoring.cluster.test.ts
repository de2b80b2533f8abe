import { expect } from 'chai'
import { CHART, withHelm } from './helm.ts'

type Endpoint = {
  readonly interval: string
  readonly tlsConfig: { readonly serverName: string; readonly ca: { readonly secret: object } }
  readonly bearerTokenFile?: string
  readonly authorization?: object
  readonly relabelings: readonly { readonly targetLabel?: string; readonly replacement?: string }[]
}
type Monitor = { readonly spec: { readonly endpoints: readonly Endpoint[] } }

const set = (...values: readonly string[]) => values.flatMap(value => ['--set', `monitoring.${value}`])
const MONITOR = set('serviceMonitor.enabled=true')

describe('monitoring in the chart', () => {
  const helm = withHelm()
  const namesOf = async (...args: string[]) =>
    (await helm().template(...args)).map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  const endpointOf = async (...args: string[]): Promise<Endpoint> => {
    const shown = ['--show-only', 'templates/monitoring/service-monitor.yaml']
    const [monitor] = (await helm().template(...MONITOR, ...args, ...shown)) as unknown as readonly Monitor[]
    return monitor!.spec.endpoints[0]!
  }

  it('brings nothing unless it is asked for', async () => {
    const all = set('serviceMonitor.enabled=true', 'prometheusRule.enabled=true', 'dashboard.enabled=true')
    const base = await namesOf()
    const added = (await namesOf(...all)).filter(name => !base.includes(name))
    expect(added.sort()).to.deep.equal([
      'ClusterRole rollouts-autonomy-rollouts-metrics',
      'ConfigMap rollouts-autonomy-rollouts-dashboard',
      'PrometheusRule rollouts-autonomy-rollouts',
      'ServiceMonitor rollouts-autonomy-rollouts',
    ])
    expect(base.filter(name => /Monitor|Rule |metrics|dashboard/.test(name))).to.deep.equal([])
  })

  it('lets the named accounts read metrics, and nothing else', async () => {
    const scrapers = set('scrapers[0].name=prometheus-k8s', 'scrapers[0].namespace=monitoring')
    const objects = await helm().template(...scrapers, '--show-only', 'templates/monitoring/role.yaml')
    const [role, binding] = objects
    expect(role).to.have.deep.property('rules', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }])
    expect(binding?.subjects).to.deep.equal([
      { kind: 'ServiceAccount', name: 'prometheus-k8s', namespace: 'monitoring' },
    ])
  })

  it('scrapes by the name that the certificate is for, trusting its own authority', async () => {
    const { tlsConfig, bearerTokenFile } = await endpointOf('--set', 'fullnameOverride=fleet')
    expect(tlsConfig).to.deep.equal({
      serverName: 'fleet.ops.svc',
      ca: { secret: { name: 'fleet-serving', key: 'ca.crt' } },
    })
    expect(bearerTokenFile).to.equal('/var/run/secrets/kubernetes.io/serviceaccount/token')
  })

  it('trusts what the certificate comes with when cert-manager makes it', async () => {
    const { tlsConfig } = await endpointOf('--set', 'certificate.source=certManager')
    expect(tlsConfig.ca.secret).to.deep.equal({ name: 'rollouts-autonomy-rollouts-tls', key: 'ca.crt' })
  })

  it('sends the token of a Secret instead of a file when it is given one', async () => {
    const endpoint = await endpointOf(...set('serviceMonitor.tokenSecret.name=scraper'))
    expect(endpoint.authorization).to.deep.equal({ type: 'Bearer', credentials: { name: 'scraper', key: 'token' } })
    expect(endpoint).to.not.have.property('bearerTokenFile')
  })

  it('gives its targets the job that the rules ask for', async () => {
    const { relabelings } = await endpointOf()
    const job = relabelings.find(({ targetLabel }) => targetLabel === 'job')?.replacement
    const rule = ['--show-only', 'templates/monitoring/prometheus-rule.yaml']
    const [rules] = await helm().template(...set('prometheusRule.enabled=true'), ...rule)
    const asked = [...JSON.stringify(rules).matchAll(/job=\\"([^"]*)\\"/g)].map(([, name]) => name)
    expect(new Set(asked)).to.deep.equal(new Set([job]))
  })

  it('puts labels where Prometheus and Grafana look for them', async () => {
    const kinds = ['serviceMonitor', 'prometheusRule', 'dashboard']
    const args = set(...kinds.flatMap(kind => [`${kind}.enabled=true`, `${kind}.labels.release=kps`]))
    const objects = (await helm().template(...args)).filter(({ metadata }) => metadata.labels?.['release'] === 'kps')
    expect(objects.map(({ kind }) => kind).sort()).to.deep.equal(['ConfigMap', 'PrometheusRule', 'ServiceMonitor'])
    expect(objects.find(({ kind }) => kind === 'ConfigMap')?.metadata.labels).to.include({ grafana_dashboard: '1' })
  })

  for (const [what, value, says] of [
    ['an interval that is none', 'serviceMonitor.interval=often', 'does not match pattern'],
    ['a scraper without a namespace', 'scrapers[0].name=a', "missing property 'namespace'"],
    ['a silence that a healthy watch has', 'prometheusRule.thresholds.watchSilenceSeconds=60', 'minimum: got 60'],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await helm().run('template', 'rollouts', CHART, ...set(value))
      expect(code).to.equal(1)
      expect(stderr).to.include(says)
    })
})
