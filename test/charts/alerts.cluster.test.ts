import { globSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { before } from 'mocha'
import { promtool } from '../prometheus/promtool.ts'
import { CALM, CASES, type Case } from './alerts.ts'
import { withHelm } from './helm.ts'

type Rule = {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly [name: string]: string }
}
type Rules = { readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] } }

const ROOT = join(import.meta.dirname, '../..')
const ENABLED = ['--set', 'monitoring.prometheusRule.enabled=true', '--set', 'fullnameOverride=autonomy-rollouts']
const ONE = ['--show-only', 'templates/monitoring/prometheus-rule.yaml']

describe('alerts of the chart', () => {
  const helm = withHelm()
  let file = ''
  let alerts: readonly Rule[] = []

  before(async () => {
    const [rules] = (await helm().template(...ENABLED, ...ONE)) as unknown as readonly Rules[]
    file = join(helm().folder, 'rules.yaml')
    await writeFile(file, JSON.stringify(rules?.spec))
    alerts = (rules?.spec.groups ?? []).flatMap(group => group.rules)
  })

  /** Runs promtool's unit tests of these series, and what is to fire at which minute. */
  async function judge(series: Case['series'], expected: { readonly [minute: number]: readonly object[] }, one = '') {
    const input = Object.entries(series).map(([name, values]) => ({ series: name, values }))
    const selector = one === '' ? '' : `, alertname="${one}"`
    const tests = Object.entries(expected).map(([minute, samples]) => ({
      expr: `ALERTS{alertstate="firing"${selector}}`,
      eval_time: `${minute}m`,
      exp_samples: samples,
    }))
    const path = join(helm().folder, 'rules.test.yaml')
    const test = { interval: '1m', input_series: input, promql_expr_test: tests }
    await writeFile(path, JSON.stringify({ rule_files: [file], evaluation_interval: '1m', tests: [test] }))
    const { code, stdout, stderr } = await promtool(['test', 'rules', path])
    expect(code, `${stdout}${stderr}`).to.equal(0)
  }

  it('are what Prometheus takes for rules', async () => {
    const { code, stdout } = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', file])
    expect(code, stdout).to.equal(0)
    expect(await readFile(file, 'utf8')).to.not.match(/\$\{/)
  })

  it('are all tested', () => {
    expect(alerts.map(({ alert }) => alert)).to.have.members(CASES.map(({ alert }) => alert))
  })

  for (const { alert, series, quiet, fires, labels } of CASES)
    it(`${alert} fires when it should, and not before`, async () => {
      const words = Object.entries({ alertname: alert, alertstate: 'firing', ...labels })
      const firing = `ALERTS{${words.map(([name, value]) => `${name}="${value}"`).join(', ')}}`
      await judge(series, { [quiet]: [], [fires]: [{ labels: firing, value: 1 }] }, alert)
    })

  it('are quiet while nothing is wrong', async () => {
    await judge(CALM, { 15: [], 40: [], 60: [], 90: [], 119: [] })
  })

  it('wake nobody for a plan that only waits for an approval', async () => {
    const series = (replica: string) =>
      `autonomy_rollouts_stuck_plan_seconds{job="autonomy-rollouts", instance="${replica}", plan_namespace="fleet", plan="p", reason="AwaitingApproval"}`
    const waiting = { ...CALM, [series('a')]: '90000x120', [series('b')]: '90000x120' }
    const labels =
      'ALERTS{alertname="AutonomyRolloutAwaitsApproval", alertstate="firing", severity="info", plan_namespace="fleet", plan="p"}'
    await judge(waiting, { 60: [{ labels, value: 1 }] })
  })

  it('say in one sentence what is wrong, and with which command to begin', () => {
    for (const { alert, annotations } of alerts) {
      expect(annotations['summary'], alert).to.match(/[^.]\.$/)
      expect(annotations['summary']!.replaceAll(/{{.*?}}/g, 'X'), alert).to.not.match(/\. [A-Z]/)
      expect(annotations['description'], alert).to.include(': kubectl ')
    }
  })

  it('speak of labels that they have', () => {
    for (const { alert, annotations } of alerts) {
      const { labels = {} } = CASES.find(each => each.alert === alert) ?? {}
      const used = Object.values(annotations).flatMap(text => [...text.matchAll(/\$labels\.(\w+)/g)])
      for (const [, label] of used) expect(labels, alert).to.have.property(label!)
    }
  })

  it('look in the log for what the operator writes there', () => {
    const sources = globSync(['operator/**/*.ts'], { cwd: ROOT }).map(path => readFileSync(join(ROOT, path), 'utf8'))
    const said = sources.flatMap(text =>
      [...text.matchAll(/log\.(?:warn|error)\(\s*['`]([^'`]*)/g)].map(([, line]) => line!),
    )
    const greps = alerts.flatMap(({ annotations }) => /grep '?([a-z ]+)/.exec(annotations['description']!)?.[1] ?? [])
    expect(greps).to.have.length(3)
    for (const words of greps)
      expect(
        said.filter(line => line.includes(words)),
        words,
      ).to.not.be.empty
  })

  it('name the page of the runbook when they are told where it is', async () => {
    const url = 'https://docs.example/observability.md'
    const set = ['--set', `monitoring.prometheusRule.runbookUrl=${url}`]
    const [rules] = (await helm().template(...ENABLED, ...ONE, ...set)) as unknown as readonly Rules[]
    const urls = (rules?.spec.groups ?? []).flatMap(group => group.rules.map(rule => rule.annotations['runbook_url']))
    expect(urls).to.include(`${url}#autonomyrolloutstuck`)
    expect(new Set(urls).size).to.equal(CASES.length)
    expect(alerts.filter(({ annotations }) => 'runbook_url' in annotations)).to.deep.equal([])
  })

  it('take their thresholds from values', async () => {
    const set = ['stuckFor=2h', 'stuckLongSeconds=1000000', 'errorPercent=50'].map(
      value => `monitoring.prometheusRule.thresholds.${value}`,
    )
    const [rules] = await helm().template(...ENABLED, ...ONE, ...set.flatMap(value => ['--set', value]))
    const text = JSON.stringify(rules)
    for (const word of ['"for":"2h"', '> 1000000"', '> 50 / 100']) expect(text).to.include(word)
  })
})
