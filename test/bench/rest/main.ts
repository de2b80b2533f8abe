import { until } from '../../cluster/wait.ts'
import { FLEET, PATIENT, prepare } from '../../rest/ground.ts'
import { figures } from '../figure.ts'
import { type Sample, quantile, sample } from '../sample.ts'
import { type Place, call } from './call.ts'
import { PLANS, RECOVERIES, object, recovery, request } from './plans.ts'

/**
 * `npm run bench:rest`: latency and throughput of the surface, route by route and door by door, beside what the API
 * server itself takes for the plain thing, all in one run. One JSON line a figure; exit code 1 when a bound is not kept.
 *
 * Two replicas, 1,000 plans that wait, real kube-apiserver and etcd, everything on one machine.
 */
const READS = 1_000
const WORKERS = 8
const { report, hold } = figures()
const tell = (text: string) => void process.stderr.write(`${text}\n`)

tell('starting a control plane and two replicas')
const ground = await prepare(2, 1, PATIENT)
try {
  await ground.succeed(['create', 'serviceaccount', 'bench', '-n', FLEET])
  await ground.succeed([
    'create',
    'clusterrolebinding',
    'bench',
    '--clusterrole=autonomy-rollouts-admin',
    '--user=bench',
    `--serviceaccount=${FLEET}:bench`,
  ])
  const direct: Place = await ground.direct('bench')
  const aggregated: Place = await ground.aggregated('bench')
  const bare: Place = { ...(await ground.aggregated('admin', ['system:masters'])), prefix: '' }
  await until(
    async () =>
      await call(direct, 'GET', '/rollouts', 200).then(
        () => true,
        () => false,
      ),
    {
      what: 'the role is in force',
      withinMs: 20_000,
    },
  )

  await creates(direct, aggregated, bare)
  await reads(direct, aggregated, bare)
  await recoveries(direct, aggregated, bare)
} finally {
  await ground.end()
}
process.exitCode = hold() ? 0 : 1

async function creates(direct: Place, aggregated: Place, bare: Place): Promise<void> {
  tell('creating plans')
  const post = (place: Place, prefix: string) => (index: number) =>
    call(place, 'POST', '/rollouts', 201, request(`${prefix}-${index}`))
  const plain = (prefix: string) => (index: number) => call(bare, 'POST', PLANS, 201, object(`${prefix}-${index}`))
  await sample(20, 1, post(direct, 'warm'))
  const one = await sample(20, 1, plain('bare'))
  const seen = {
    direct: await sample(20, 1, post(direct, 'one')),
    aggregated: await sample(20, 1, post(aggregated, 'agg')),
  }
  for (const [door, { each }] of Object.entries(seen))
    for (const [q, must] of [
      [0.5, 100],
      [0.95, 300],
      [0.99, 500],
    ] as const)
      report({
        figure: `create-${door}-p${q * 100}`,
        value: quantile(each, q),
        unit: 'ms',
        bare: quantile(one.each, q),
        must,
      })
  const five = await sample(5, 5, post(direct, 'five'))
  report({ figure: 'create-5-at-once', value: five.seconds * 1000, unit: 'ms', must: 2_000 })
  const crowd = await sample(500, 100, plain('crowd'))
  let errors = 0
  const many = await sample(500, 100, index =>
    post(
      direct,
      'many',
    )(index).catch(error => {
      errors += 1
      tell(String(error))
    }),
  )
  report({ figure: 'create-500-by-100-errors', value: errors, unit: 'errors', must: 0 })
  report({ figure: 'create-500-by-100', value: many.seconds, unit: 's', bare: crowd.seconds, must: 30 })
  const lone = await sample(60, 1, post(direct, 'lone'))
  report({
    figure: 'create-1-worker-to-100-workers-rate',
    value: 60 / lone.seconds / (500 / many.seconds),
    unit: 'ratio',
    must: 1,
  })
}

async function reads(direct: Place, aggregated: Place, bare: Place): Promise<void> {
  const known = JSON.parse((await call(bare, 'GET', `${PLANS}?limit=5000`, 200)).toString()) as { items: unknown[] }
  await sample(Math.max(0, 1_000 - known.items.length), 16, index =>
    call(bare, 'POST', PLANS, 201, object(`fill-${index}`)),
  )
  await until(
    async () => {
      const { plans } = JSON.parse((await call(direct, 'GET', '/rollouts?phase=published', 200)).toString()) as {
        readonly plans: readonly unknown[]
      }
      return plans.length === 0
    },
    { what: 'every plan has started', withinMs: 120_000, everyMs: 250 },
  )
  tell('reading, with 1,000 plans')
  const plain = await sample(READS, 1, () => call(bare, 'GET', `${PLANS}/many-7`, 200))
  const plainRate = await sample(READS * 2, WORKERS, () => call(bare, 'GET', `${PLANS}/many-7`, 200))
  const whole = await sample(30, 1, () => call(bare, 'GET', PLANS, 200))
  const routes = {
    get: '/rollouts/many-7',
    stuck: '/rollouts/stuck?threshold_seconds=0',
    page: '/rollouts?limit=100',
    gates: '/rollouts/many-7/stages/s1/gates',
    nodes: '/rollouts/many-7/nodes',
    history: '/rollouts/many-7/history',
  }
  for (const [door, place] of [
    ['direct', direct],
    ['aggregated', aggregated],
  ] as const) {
    for (const [route, path] of Object.entries(routes)) {
      await sample(50, 1, () => call(place, 'GET', path, 200))
      const { each } = await sample(READS, 1, () => call(place, 'GET', path, 200))
      report({
        figure: `${route}-${door}-p50`,
        value: quantile(each, 0.5),
        unit: 'ms',
        bare: quantile(plain.each, 0.5),
      })
      report({
        figure: `${route}-${door}-p99`,
        value: quantile(each, 0.99),
        unit: 'ms',
        bare: quantile(plain.each, 0.99),
        must: 20,
      })
      const rate = await sample(READS, WORKERS, () => call(place, 'GET', path, 200))
      report({
        figure: `${route}-${door}-rate`,
        value: READS / rate.seconds,
        unit: 'requests/s',
        bare: rateOf(plainRate),
      })
    }
    const all = await sample(100, 1, () => call(place, 'GET', '/rollouts', 200))
    report({
      figure: `list-all-${door}-p50`,
      value: quantile(all.each, 0.5),
      unit: 'ms',
      bare: quantile(whole.each, 0.5),
    })
    report({
      figure: `list-all-${door}-p99`,
      value: quantile(all.each, 0.99),
      unit: 'ms',
      bare: quantile(whole.each, 0.99),
      must: 500,
    })
  }
}

async function recoveries(direct: Place, aggregated: Place, bare: Place): Promise<void> {
  tell('recovering')
  const plain = await sample(100, 1, index => call(bare, 'POST', RECOVERIES, 201, recovery(`many-${index}`, index)))
  for (const [door, place] of [
    ['direct', direct],
    ['aggregated', aggregated],
  ] as const)
    for (const strategy of ['retry', 'rollback'] as const) {
      const first = { direct: 0, aggregated: 200 }[door]
      const { each } = await sample(200, 1, index =>
        call(place, 'POST', `/rollouts/many-${first + index}/recover`, 200, {
          strategy,
          reason: `measured at the ${door} door`,
        }),
      )
      report({
        figure: `${strategy}-${door}-p50`,
        value: quantile(each, 0.5),
        unit: 'ms',
        bare: quantile(plain.each, 0.5),
        must: 50,
      })
      report({
        figure: `${strategy}-${door}-p99`,
        value: quantile(each, 0.99),
        unit: 'ms',
        bare: quantile(plain.each, 0.99),
        must: 200,
      })
    }
}

function rateOf({ each, seconds }: Sample): number {
  return each.length / seconds
}
