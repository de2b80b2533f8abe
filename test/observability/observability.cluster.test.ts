import { expect } from 'chai'
import { after, before } from 'mocha'
import { until } from '../cluster/wait.ts'
import { promtool } from '../prometheus/promtool.ts'
import { FLEET, SYSTEM, withGround } from '../rest/ground.ts'
import { alertsOfPage, metricsOfPage } from './page.ts'
import { metricsIn } from './promql.ts'
import { type Scraped, scrape } from './scraped.ts'

/** Names that promtool does not like, and why they stay. */
const EXCEPTIONS: { readonly [name: string]: string } = {
  cp_rollout_plans_total: 'a gauge that the documentation of the product calls so',
  nodejs_active_handles_total: 'of prom-client, in every program that has it',
  nodejs_active_requests_total: 'of prom-client, in every program that has it',
  nodejs_active_resources_total: 'of prom-client, in every program that has it',
}

/** Waits for a stage that selects nobody. */
const STUCK = {
  apiVersion: 'fleet.autonomyops.dev/v1alpha1',
  kind: 'RolloutPlan',
  metadata: { name: 'becalmed', namespace: FLEET },
  spec: {
    artifactRef: 'oci.example/agent:2',
    stuckAfterSeconds: 1,
    stages: [{ id: 's1', nodes: { selector: { matchLabels: { ring: 'nobody' } } } }],
  },
}

type Rule = { readonly alert: string; readonly expr: string; readonly labels: { readonly severity: string } }
type Panel = { readonly targets?: readonly { readonly expr: string }[] }

describe('what an operator on call sees', function () {
  this.timeout(120_000)
  const ground = withGround({ nodes: 2 })
  let scraped: Scraped
  let exposition = ''

  const stored = async <T>(kind: string, name: string, path: string) =>
    JSON.parse(await ground().succeed(['get', kind, name, '-n', SYSTEM, '-o', `jsonpath={${path}}`])) as T
  const rules = async () => {
    const groups = await stored<readonly { readonly rules: readonly Rule[] }[]>(
      'prometheusrule',
      'autonomy-rollouts',
      '.spec.groups',
    )
    return groups.flatMap(group => group.rules)
  }

  before(async () => {
    await ground().succeed(['create', '-f', '-'], STUCK)
    scraped = await scrape(ground())
    const read = async () => (exposition = await scraped.exposition()).includes('# TYPE')
    await until(read, { what: 'the right to metrics is in force', withinMs: 20_000 })
  })
  after(async () => await scraped?.prometheus.stop())

  it('is every replica, scraped as docs/observability.md says', async () => {
    const up = async () => {
      const samples = await scraped.prometheus.query('up{job="autonomy-rollouts"} == 1')
      return samples.length === 2 && samples.map(({ metric }) => metric['pod'])
    }
    const pods = await until(up, { what: 'both replicas are scraped', withinMs: 45_000, everyMs: 250 })
    expect(pods).to.have.members(scraped.pods)
    const leaders = await scraped.prometheus.query('sum(leader_election_master_status{job="autonomy-rollouts"})')
    expect(leaders[0]?.value).to.equal(1)
  })

  it('is an alert that names the plan that is stuck, with its reason, and the command to begin with', async () => {
    const firing = async () =>
      (await scraped.prometheus.alerts()).find(
        ({ state, labels }) => state === 'firing' && labels['alertname'] === 'AutonomyRolloutStuck',
      )
    const { labels, annotations } = await until(firing, { what: 'the alert', withinMs: 45_000, everyMs: 250 })
    expect(labels).to.deep.include({ plan: 'becalmed', plan_namespace: FLEET, reason: 'NoNodes', severity: 'warning' })
    expect(annotations['summary']).to.match(
      /^Rollout becalmed in namespace fleet has made no progress for .*s, reason NoNodes\.$/,
    )
    const [, command = ''] = /kubectl (.*)$/.exec(annotations['description'] ?? '') ?? []
    expect(await ground().succeed(command.split(' '))).to.include('stage s1 selects no node')
  })

  it('is no other alert, while nothing else is wrong', async () => {
    const alerts = await scraped.prometheus.alerts()
    const names = alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname'])
    expect(names).to.deep.equal(['AutonomyRolloutStuck'])
  })

  it('has the names that Prometheus wants, but for those that are argued', async () => {
    const { stdout, stderr } = await promtool(['check', 'metrics'], exposition)
    const complaints = `${stdout}${stderr}`.split('\n').filter(Boolean)
    expect(complaints.map(line => line.split(' ')[0])).to.have.members(Object.keys(EXCEPTIONS))
  })

  it('is on the page, metric by metric', () => {
    const found = [...exposition.matchAll(/^# TYPE (\w+) (\w+)$/gm)].filter(
      ([, name]) => !/^(process|nodejs)_/.test(name!),
    )
    const listed = metricsOfPage()
    expect(found.map(([, name, type]) => `${name} ${type}`)).to.have.members(
      listed.map(row => row.split(' ').slice(0, 2).join(' ')),
    )
    for (const [name, type, labels = ''] of listed.map(row => row.split(' '))) {
      const series = new RegExp(`^${name}(?:_bucket)?(?:{(.*)})? [^ ]+$`, 'm').exec(exposition)
      if (series === null) continue
      const names = [...(series[1] ?? '').matchAll(/(\w+)="/g)]
        .map(([, label]) => label!)
        .filter(label => label !== 'le')
      expect(names, `${name} ${type}`).to.have.members(labels.split(',').filter(Boolean))
    }
  })

  it('is on the page, alert by alert', async () => {
    expect(alertsOfPage()).to.have.members((await rules()).map(({ alert, labels }) => `${alert} ${labels.severity}`))
  })

  it('asks in every rule and panel for metrics that there are', async () => {
    const dashboard = await ground().succeed([
      'get',
      'configmap',
      'autonomy-rollouts-dashboard',
      '-n',
      SYSTEM,
      '-o',
      'jsonpath={.data.autonomy-rollouts\\.json}',
    ])
    const { panels } = JSON.parse(dashboard) as { readonly panels: readonly Panel[] }
    const drawn = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    expect(drawn.length).to.be.at.least(20)
    const expressions = [...(await rules()).map(({ expr }) => expr), ...drawn].map(expr =>
      expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'autonomy-rollouts'),
    )
    for (const query of expressions) {
      expect(await scraped.prometheus.get('format_query', { query }), query).to.be.a('string')
      for (const name of metricsIn(query))
        expect(
          name === 'up' || exposition.includes(`# TYPE ${name.replace(/_bucket$/, '')} `),
          `${name} in ${query}`,
        ).to.equal(true)
    }
  })

  it('tells a Prometheus Operator the name that the certificate is for', async () => {
    const [endpoint] = await stored<readonly { readonly tlsConfig: object }[]>(
      'servicemonitor',
      'autonomy-rollouts',
      '.spec.endpoints',
    )
    expect(endpoint?.tlsConfig).to.deep.include({ serverName: `autonomy-rollouts.${SYSTEM}.svc` })
  })
})
