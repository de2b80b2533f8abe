import { expect } from 'chai'
import { after, before } from 'mocha'
import { metricSource } from '../../operator/evaluator/metric.ts'
import { readingKey } from '../../operator/rollout/gates/reading.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { until } from '../cluster/wait.ts'
import { type Answer, startFaultServer, status, text } from '../kube/fault-server.ts'
import { type Exporter, startExporter } from '../prometheus/exporter.ts'
import { type Guard, authorityOfGuards, createGuard } from '../prometheus/guard.ts'
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.ts'
import { passOn } from '../prometheus/proxy.ts'
import { START, nodes, plan, stage } from '../rollout/build.ts'
import { condition, rollOut, stageOf, world } from '../rollout/world.ts'
import { secretReader } from './secrets.ts'

const clock = systemClock()
const SOON = { withinMs: 30_000 } as const
const METRICS = 'error_rate{plan="good"} 0.02\nerror_rate{plan="bad"} 0.061\n'
const DAY = 86_400_000

/** A Prometheus, and one thing that goes wrong with it and comes right again. */
type Faulty = {
  readonly address: string
  readonly guard?: Guard
  /** Of the gate's look; default: far longer than any answer takes on a busy machine. */
  readonly timeoutSeconds?: number
  readonly begin: () => Promise<void>
  readonly end: () => Promise<void>
  readonly close: () => Promise<void>
}

type Row = {
  readonly what: string
  /** What the gate says of it. */
  readonly says: RegExp
  readonly set: () => Promise<Faulty>
}

/** What gates said and what became of their plans, look by look: while all is well, in the fault, after it, in it again. */
type Story = {
  readonly good: readonly string[]
  readonly bad: readonly string[]
  readonly troubles: readonly (string | undefined)[]
}

/**
 * Whatever goes wrong between a gate and a release that is good or bad, real servers all: the one is promoted when it is
 * over, the other is held, and neither is judged by the fault.
 */
describe('a fault before a metric gate', function () {
  this.timeout(240_000)
  let exporter: Exporter
  /** The one that proxies are before. */
  let shared: Promise<Prometheus>
  const stories = new Map<string, Promise<Story>>()

  /** A Prometheus of its own that scrapes what all do, and answers for it. */
  const own = async (target = exporter.target, guard?: Guard): Promise<Prometheus> =>
    await startPrometheus({
      scrape: [{ job_name: 'robots', static_configs: [{ targets: [target] }] }],
      ...(guard === undefined ? {} : { guard }),
    })
  const answers = async (server: Prometheus, count = 2): Promise<void> => {
    const said = async () => (await server.query('error_rate').catch(() => [])).length === count
    await until(said, { what: `${count} error rates`, ...SOON })
  }
  const proxy = async (faultOf: (url: string) => Answer): Promise<Faulty> => {
    const prometheus = await shared
    await answers(prometheus)
    const { url } = prometheus
    const server = await startFaultServer(passOn(url))
    return {
      address: server.url.origin,
      begin: async () => server.answer(faultOf(url)),
      end: async () => server.answer(passOn(url)),
      close: async () => await server[Symbol.asyncDispose](),
    }
  }
  const guarded = async (broken: (guard: Guard, authority: ReturnType<typeof authorityOfGuards>) => Guard) => {
    const authority = authorityOfGuards(clock.now())
    const guard = createGuard(clock.now(), authority)
    const server = await own(exporter.target, guard)
    await answers(server)
    return {
      address: server.url,
      guard,
      begin: async () => await server.reguard(broken(guard, authority)),
      end: async () => await server.reguard(guard),
      close: server.stop,
    }
  }

  const ROWS: readonly Row[] = [
    {
      what: 'a service that is not scraped',
      says: /^no data: the query yields nothing/,
      set: async () => {
        const service = await startExporter(METRICS)
        const server = await own(service.target)
        const shown = (metrics?: string) => async () => {
          service.expose(metrics)
          await answers(server, metrics === undefined ? 0 : 2)
        }
        await answers(server)
        const close = async () => {
          await server.stop()
          await service.close()
        }
        return { address: server.url, begin: shown(), end: shown(METRICS), close }
      },
    },
    {
      what: 'a Prometheus that is down',
      says: /^(connection refused|the connection broke)$/,
      set: async () => {
        const server = await own()
        await answers(server)
        const end = async () => {
          await server.startAgain()
          await answers(server)
        }
        return { address: server.url, begin: server.end, end, close: server.stop }
      },
    },
    {
      what: 'a Prometheus that hangs',
      says: /^no answer within 2 s$/,
      set: async () => {
        const server = await own()
        await answers(server)
        return { address: server.url, timeoutSeconds: 2, begin: server.freeze, end: server.thaw, close: server.stop }
      },
    },
    {
      what: 'a password that is not right any more',
      says: /^access denied \(401\): see to the credentials$/,
      set: async () => await guarded(guard => ({ ...guard, username: 'somebody-else' })),
    },
    {
      what: 'a certificate that has expired',
      says: /^its certificate has expired$/,
      set: async () => await guarded((_, authority) => createGuard(clock.now() - DAY, authority, 60_000)),
    },
    {
      what: 'too many questions (429)',
      says: /^asked too often \(429\)$/,
      set: async () => await proxy(() => text(429, 'slow down', { 'retry-after': '1' })),
    },
    {
      what: 'a server error (503)',
      says: /^server error \(503\)/,
      set: async () => await proxy(() => status(503, 'x')),
    },
    {
      what: 'a gateway that has lost it (502)',
      says: /^server error \(502\)$/,
      set: async () => await proxy(() => text(502, '<html>Bad Gateway</html>')),
    },
    {
      what: 'a page that is no answer',
      says: /^the answer is none of a Prometheus API \(200\)$/,
      set: async () => await proxy(() => text(200, '<html>Welcome</html>')),
    },
    {
      what: 'half an answer',
      says: /^the answer is none of a Prometheus API \(200\)$/,
      set: async () => await proxy(url => passOn(url, body => body.slice(0, body.length / 2))),
    },
    {
      what: 'an answer of which a part is missing',
      says: /^the answer has a warning: a store did not answer$/,
      set: async () => await proxy(url => passOn(url, warned)),
    },
  ]

  /** A plan whose one stage has settled, and whose gate looks at this address; each call looks once more. */
  const rollout = (name: 'good' | 'bad', { address, guard, timeoutSeconds = 10 }: Faulty) => {
    const secret = guard && {
      data: { username: guard.username, password: guard.password, 'ca.crt': guard.ca },
    }
    const gate = {
      kind: 'metric' as const,
      name: 'errors',
      intervalSeconds: 1,
      consecutive: 2,
      failureLimit: 1,
      metric: {
        provider: { address, timeoutSeconds, ...(secret ? { credentialsSecret: 's' } : {}) },
        query: 'error_rate{plan="{{plan}}"}',
        condition: { lt: 0.05 },
      },
    }
    const seconds = (now: number) => (now - START) / 1000
    const here = world(plan({ name, stages: [stage('stage-01', { gates: [gate] })] }), nodes(1))
    let decision = rollOut(here, Math.floor(seconds(clock.now())) - 2)
    return async (): Promise<{ readonly is: string; readonly trouble: string | undefined }> => {
      // Connections are kept for half a minute; each look here is a first one.
      const source = metricSource({
        credentials: secretReader(secret ? { s: secret } : {}, clock),
        clock,
        loopback: true,
      })
      const [ask] = decision.asks
      if (ask) {
        const subject = { namespace: 'fleet', name, uid: 'uid', release: '1.4.2', artifact: 'oci.example/agent:1.4.2' }
        const { reading } = await source.look({ plan: subject, ask }, clock.now(), new AbortController().signal)
        here.readings = new Map([[readingKey('stage-01', 'errors'), [reading]]])
      }
      await source.close()
      decision = rollOut(here, seconds(clock.now()))
      const [state] = stageOf(here).gates ?? []
      return { is: `${state?.state} ${condition(here, 'Ready')}`, trouble: ask && state?.evidence?.trouble }
    }
  }

  const play = async ({ set }: Row): Promise<Story> => {
    const faulty = await set()
    try {
      const [good, bad] = [rollout('good', faulty), rollout('bad', faulty)]
      const looks = []
      for (const turn of [undefined, faulty.begin, faulty.end, faulty.begin]) {
        await turn?.()
        looks.push(await Promise.all([good(), bad()]))
      }
      return {
        good: looks.map(([{ is }]) => is),
        bad: looks.map(([, { is }]) => is),
        troubles: looks.map(([, { trouble }]) => trouble),
      }
    } finally {
      await faulty.close()
    }
  }

  before(async () => {
    exporter = await startExporter(METRICS)
    shared = own()
    for (const row of ROWS) stories.set(row.what, play(row))
    await Promise.allSettled(stories.values())
  })
  after(async () => {
    await (await shared)?.stop()
    await exporter?.close()
  })

  for (const { what, says } of ROWS)
    it(`${what} passes nothing, fails nothing, and is forgotten when it is over`, async () => {
      const { good, bad, troubles } = (await stories.get(what))!
      const [first, during, after, again] = troubles
      expect([first, after], 'trouble without a fault').to.deep.equal([undefined, undefined])
      expect(during).to.match(says)
      expect(again).to.match(says)
      expect(good).to.deep.equal([
        'unknown False Soaking',
        'unknown False GatePending',
        'passed True Completed',
        'passed True Completed',
      ])
      expect(bad).to.deep.equal([
        'unknown False GatePending',
        'unknown False GatePending',
        'failed False GateFailed',
        'failed False GateFailed',
      ])
    })
})

function warned(body: string): string {
  return JSON.stringify({ ...(JSON.parse(body) as object), warnings: ['a store did not answer'] })
}
