import type { WebhookSpec } from '../../api/rollout-plan.ts'
import { type Verdict, judgeVerdict } from '../../rollout/gates/webhook.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { CredentialReader } from '../credentials.ts'
import { createAgents } from '../outbound/agents.ts'
import { type HostPatterns, hostMatches } from '../outbound/hosts.ts'
import { addressOf } from '../outbound/provider.ts'
import { type Outcome, send } from '../outbound/request.ts'
import type { Look, Source, Subject } from '../source.ts'
import { questionOf, reportByOf } from './question.ts'
import { pauseBefore } from './repetition.ts'
import { signed, signingKeyOf } from './signature.ts'
import { LONGEST_VERDICT, verdictOf } from './verdict.ts'

export type WebhookSourceOptions = {
  readonly credentials: CredentialReader
  readonly clock: Clock
  /** Hosts that may be asked; undefined: every one whose address may be. */
  readonly hosts?: HostPatterns | undefined
  /** Whether the operator's own machine may be asked. */
  readonly loopback?: boolean
  /** In [0, 1); default Math.random. */
  readonly random?: () => number
}

/** Asks a service for its verdict, with a signed question. */
export function webhookSource(options: WebhookSourceOptions): Source {
  const { credentials, clock, hosts, loopback = false, random = Math.random } = options
  const agents = createAgents(clock, loopback)

  const look = async (subject: Subject, at: number, signal: AbortSignal): Promise<Look> => {
    const { plan, ask } = subject
    const nothing = (why: string): Look => ({ reading: judgeVerdict({ kind: 'nothing', why }, at) })
    const spec = ask.gate.webhook
    if (!spec) return nothing('the gate names no webhook')
    const url = addressOf(spec, plan.namespace)
    if (!url) return nothing('the address of the webhook cannot be read')
    if (hosts && !hostMatches(hosts, url))
      return nothing(`${url.host} is not among the hosts that the operator may ask (--gate-hosts)`)
    const secret = spec.signingSecret
    const shown = await credentials.read(plan.namespace, secret, url, signal)
    if ('why' in shown) return nothing(shown.why)
    const key = shown.signingKey === undefined ? undefined : signingKeyOf(shown.signingKey)
    if (!key) return nothing(`Secret ${secret} has no signing-key that is whsec_ and 24 to 64 bytes in base64`)

    const question = questionOf(subject, at)
    const body = JSON.stringify(question)
    const until = clock.monotonic() + spec.timeoutSeconds * 1000
    for (let sent = 1; ; sent += 1) {
      const outcome = await send(
        {
          agent: agents.agent(shown.tls),
          url,
          headers: {
            ...shown.headers,
            'content-type': 'application/json',
            ...signed(key, question.evaluation, clock.now(), body),
          },
          body,
          timeoutMs: until - clock.monotonic(),
          limit: LONGEST_VERDICT,
        },
        clock,
        signal,
      )
      const pause = pauseBefore(outcome, sent, random())
      if (pause === undefined || pause >= until - clock.monotonic()) {
        if (isDenied(outcome)) credentials.forget(plan.namespace, secret)
        return lookOf(outcome, spec, at, reportByOf(ask, at))
      }
      await clock.sleep(pause, signal)
    }
  }

  return {
    destination: ({ plan, ask }) => (ask.gate.webhook && addressOf(ask.gate.webhook, plan.namespace)?.host) ?? '',
    look,
    close: () => agents.close(),
  }
}

function isDenied(outcome: Outcome): boolean {
  return outcome.kind === 'answer' && (outcome.status === 401 || outcome.status === 403)
}

function lookOf(outcome: Outcome, { timeoutSeconds }: WebhookSpec, at: number, reportBy: number | undefined): Look {
  if (outcome.kind === 'failure') {
    const why = outcome.timedOut ? `no answer within ${timeoutSeconds} s` : outcome.why
    const reading = judgeVerdict({ kind: 'nothing', why }, at)
    return outcome.timedOut ? { reading, timedOut: true } : { reading }
  }
  const { status, contentType, text, retryAfterMs } = outcome
  const verdict: Verdict = verdictOf(status, contentType, text, reportBy)
  const reading = judgeVerdict(verdict, at)
  return retryAfterMs === undefined || status < 400 ? { reading } : { reading, retryAfterMs }
}
