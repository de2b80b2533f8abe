import type { MetricSpec } from '../api/rollout-plan.ts'
import { type Sample, type Samples, judge } from '../rollout/gates/metric.ts'
import { type QueryVariables, fillIn } from '../rollout/gates/query.ts'
import type { Clock } from '../runtime/clock.ts'
import type { CredentialReader } from './credentials.ts'
import { createAgents } from './outbound/agents.ts'
import { type HostPatterns, hostMatches } from './outbound/hosts.ts'
import { addressOf } from './outbound/provider.ts'
import { type Outcome, send } from './outbound/request.ts'
import { LONGEST_ANSWER, queryForm, sampleOf } from './prometheus.ts'
import type { Look, Source, Subject } from './source.ts'

export type MetricSourceOptions = {
  readonly credentials: CredentialReader
  readonly clock: Clock
  /** Hosts that may be asked; undefined: every one whose address may be. */
  readonly hosts?: HostPatterns | undefined
  /** Whether the operator's own machine may be asked. */
  readonly loopback?: boolean
}

/** One query, and the time that it is about; undefined: now. */
type Query = { readonly text: string; readonly time?: number }

type Answered = {
  readonly sample: Sample
  readonly timedOut?: boolean
  readonly retryAfterMs?: number
  readonly denied?: boolean
}

/** Asks Prometheus, or whoever speaks like it. */
export function metricSource({ credentials, clock, hosts, loopback = false }: MetricSourceOptions): Source {
  const agents = createAgents(clock, loopback)

  const look = async ({ plan, ask }: Subject, at: number, signal: AbortSignal): Promise<Look> => {
    const spec = ask.gate.metric
    if (!spec) return { reading: unknown(at, 'the gate names no metric') }
    const { credentialsSecret: secret, timeoutSeconds } = spec.provider
    const timeoutMs = timeoutSeconds * 1000
    const url = addressOf(spec.provider, plan.namespace)
    if (!url) return { reading: unknown(at, 'the address of the provider cannot be read') }
    if (hosts && !hostMatches(hosts, url))
      return { reading: unknown(at, `${url.host} is not among the hosts that the operator may ask (--gate-hosts)`) }
    const shown =
      secret === undefined ? { headers: {}, tls: {} } : await credentials.read(plan.namespace, secret, url, signal)
    if ('why' in shown) return { reading: unknown(at, shown.why) }

    const one = async ({ text, time }: Query): Promise<Answered> => {
      const { namespace, name, release } = plan
      const variables: QueryVariables = { nodes: ask.nodes, release, namespace, plan: name, stage: ask.stage }
      const filled = fillIn(text, variables)
      if ('trouble' in filled) return { sample: { kind: 'nothing', why: filled.trouble } }
      const outcome = await send(
        {
          agent: agents.agent(shown.tls),
          url: new URL(`${url.pathname.replace(/\/+$/, '')}/api/v1/query`, url),
          headers: { ...shown.headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: queryForm(filled.query, time, timeoutMs),
          timeoutMs,
          limit: LONGEST_ANSWER,
        },
        clock,
        signal,
      )
      return answered(outcome)
    }

    const { value, baseline, minimum } = queriesOf(spec, ask.openedAt)
    const [main, base, least] = await Promise.all([value, baseline, minimum].map(query => query && one(query)))
    const all = [main, base, least].filter(answer => answer !== undefined)
    if (secret !== undefined && all.some(({ denied }) => denied)) credentials.forget(plan.namespace, secret)
    const samples: Samples = {
      value: main?.sample ?? { kind: 'nothing', why: 'nothing was asked' },
      ...(base ? { baseline: base.sample } : {}),
      ...(least ? { minimum: least.sample } : {}),
    }
    const retryAfterMs = Math.max(0, ...all.map(answer => answer.retryAfterMs ?? 0))
    return {
      reading: judge(spec, samples, at),
      ...(all.some(({ timedOut }) => timedOut) ? { timedOut: true } : {}),
      ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
    }
  }

  return {
    destination: ({ plan, ask }) =>
      (ask.gate.metric && addressOf(ask.gate.metric.provider, plan.namespace)?.host) ?? '',
    look,
    close: () => agents.close(),
  }
}

function queriesOf({ query, baseline, minimum }: MetricSpec, openedAt: number) {
  const time = baseline?.at === 'opening' ? { time: openedAt } : {}
  return {
    value: { text: query },
    baseline: baseline && { text: baseline.query ?? query, ...time },
    minimum: minimum && { text: minimum.query },
  }
}

function answered(outcome: Outcome): Answered {
  if (outcome.kind === 'failure') return { sample: { kind: 'nothing', why: outcome.why }, timedOut: outcome.timedOut }
  const { status, text, retryAfterMs } = outcome
  return {
    sample: sampleOf(status, text),
    denied: status === 401 || status === 403,
    // Whoever answers with a page of its own may ask for patience, too.
    ...(retryAfterMs === undefined || status < 400 ? {} : { retryAfterMs }),
  }
}

function unknown(at: number, trouble: string) {
  return { at, verdict: 'unknown', trouble } as const
}
