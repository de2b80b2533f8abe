import { expect } from 'chai'
import { Registry } from 'prom-client'
import { restMetrics } from '../../operator/metrics/rest.ts'
import { LIFETIMES, takeStep } from '../../operator/rest/certificate/rotation.ts'
import { trusted } from '../../operator/rest/certificate/bundle.ts'
import { endsOf } from '../../operator/rest/certificate/source.ts'
import { samplesOf } from './exposition.ts'

const NAME = 'autonomy_rollouts_certificate_expiration_timestamp_seconds'
const START = Date.parse('2026-03-18T08:00:00Z')
const idle = { subscribe: () => () => undefined, look: async () => undefined, run: async () => {} }

describe('metrics of certificates', () => {
  it('say when they end, from when there is one', async () => {
    const registry = new Registry()
    const first = await takeStep('create', undefined, ['a.svc'], START, LIFETIMES)
    let bundle: typeof first | undefined
    const source = { current: () => bundle?.serving, trusted: () => bundle && trusted(bundle), ...idle }
    restMetrics(registry).certificates(() => endsOf(source))
    expect(await samplesOf(registry, NAME)).to.deep.equal([])
    bundle = first
    const seconds = (ms: number) => (START + ms) / 1000
    expect(await samplesOf(registry, NAME)).to.deep.equal([
      `{certificate="serving"} ${seconds(LIFETIMES.servingMs)}`,
      `{certificate="authority"} ${seconds(LIFETIMES.authorityMs)}`,
    ])
    // One that is published and does not sign yet changes nothing.
    bundle = await takeStep('publish', first, ['a.svc'], START + 1_000_000, LIFETIMES)
    expect(await samplesOf(registry, NAME)).to.include(`{certificate="authority"} ${seconds(LIFETIMES.authorityMs)}`)
  })
})

describe('metrics of requests', () => {
  it('have methods for a label that there are, whatever a request says', async () => {
    const registry = new Registry()
    const metrics = restMetrics(registry)
    metrics.answered('GET', '/rollouts', 200, 0.01)
    for (const method of ['BREW', 'X1', 'X2']) metrics.answered(method, 'other', 405, 0.01)
    expect(await samplesOf(registry, 'cp_http_requests_total')).to.deep.equal([
      '{method="GET",route="/rollouts",code="200"} 1',
      '{method="other",route="other",code="405"} 3',
    ])
  })
})
