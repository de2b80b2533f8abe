import { expect } from 'chai'
import { checksOf } from '../../operator/check/checks.ts'
import { ApiError } from '../../operator/kube/errors.ts'
import type { HttpRequest } from '../../operator/kube/http.ts'
import type { RefusalBody } from '../../operator/kube/refusal.ts'
import type { Transport } from '../../operator/kube/transport.ts'

const NAME = 'installation-check'

describe('the checks of an installation', () => {
  /** What the check of this name makes of what it is answered. */
  const judged = async (name: string, answer: (request: HttpRequest) => unknown) => {
    const asked: HttpRequest[] = []
    const transport: Transport = {
      request: async request => {
        asked.push(request)
        return answer(request)
      },
      stream: () => Promise.reject(new Error('nothing is streamed')),
      close: async () => {},
    }
    const door = { kind: 'aggregated', transport, prefix: '/apis/o/v1', name: 'through the API server' } as const
    const check = checksOf(transport, door, 'fleet').find(one => one.name === name)
    const outcome = await check?.try(AbortSignal.timeout(1_000), 1_000)
    return { outcome, asked }
  }
  const refused = (code: number, body: RefusalBody) => () => {
    throw new ApiError('POST /recover', code, body)
  }
  const forbidden = (kind: string) =>
    refused(403, { reason: 'Forbidden', message: 'no', details: { name: NAME, kind } })

  describe('the denial', () => {
    it('passes when the operator has missed the right to the strategy, for a plan that is not there', async () => {
      const { outcome, asked } = await judged('denial', forbidden('rollouts/retry'))
      expect(outcome).to.include({ kind: 'passed' })
      expect(asked).to.have.length(1)
      expect(asked[0]).to.include({ method: 'POST', path: `/apis/o/v1/namespaces/fleet/rollouts/${NAME}/recover` })
      expect(asked[0]?.body).to.include({ strategy: 'retry' })
    })

    const elsewhere: readonly (readonly [what: string, answer: () => never])[] = [
      ['of the API server, which knows no strategy', forbidden('rollouts')],
      ['for want of the right on the path', forbidden('rollouts/recover')],
      ['of something in between', refused(403, { reason: '', message: '<html>' })],
    ]
    for (const [what, answer] of elsewhere)
      it(`is not proven by a refusal ${what}, and is asked for again`, async () => {
        const { outcome } = await judged('denial', answer)
        expect(outcome).to.include({ kind: 'failed', final: false })
        expect(outcome?.says).to.match(/^the operator was not asked .* create rollouts\/recover, and none to create/)
      })

    const letIn: readonly (readonly [what: string, answer: () => unknown])[] = [
      ['did it', () => ({})],
      ['looked for the plan', refused(404, { reason: 'NotFound', message: 'no plan' })],
      ['judged the body', refused(422, { reason: 'Invalid', message: 'no reason' })],
    ]
    for (const [what, answer] of letIn)
      it(`fails for good when the surface ${what} instead`, async () => {
        const { outcome } = await judged('denial', answer)
        expect(outcome).to.include({ kind: 'failed', final: true })
        expect(outcome?.says).to.contain('was not refused for want of rollouts/retry')
      })

    it('fails for now when nobody answers', async () => {
      const { outcome } = await judged(
        'denial',
        refused(503, { reason: 'ServiceUnavailable', message: 'no endpoints' }),
      )
      expect(outcome).to.include({ kind: 'failed', final: false })
      expect(outcome?.says).to.contain('kubectl describe apiservice')
    })
  })

  it('say how CRDs are installed by hand: they are too large for anything but a server-side apply', async () => {
    const { outcome } = await judged('crds', refused(404, { reason: '', message: '404 page not found' }))
    expect(outcome?.says).to.contain('kubectl apply --server-side -f crds/')
  })
})
