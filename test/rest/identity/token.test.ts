import { expect } from 'chai'
import { Failure } from '../../../operator/rest/failure.ts'
import { eitherOf, tokenAuthenticator } from '../../../operator/rest/identity/token.ts'
import { fakeClock } from '../../runtime/fake-clock.ts'
import { refusalOf } from '../failing.ts'

const OURS = 'orchestrator.autonomyops.dev'
const API_SERVER = 'https://kubernetes.default.svc'

type TokenReview = { readonly spec: { readonly token: string; readonly audiences?: readonly string[] } }

/** An API server that finds in a token the audience that it is meant for, and counts how often it is asked. */
function apiServer() {
  const asked: (readonly string[] | undefined)[] = []
  const review = async (body: object) => {
    const { token, audiences } = (body as TokenReview).spec
    asked.push(audiences)
    const meant = token === 'for-us' ? OURS : token === 'for-the-api-server' ? API_SERVER : 'somebody.example'
    const authenticated = (audiences ?? [API_SERVER]).includes(meant)
    return await Promise.resolve(
      authenticated ? { authenticated, audiences: [meant], user: { username: 'prometheus' } } : { authenticated },
    )
  }
  return { asked, review }
}

describe('bearer tokens', () => {
  it('are taken when they are meant for us, and asked about with our audience', async () => {
    const { asked, review } = apiServer()
    const byToken = tokenAuthenticator(review, [OURS], fakeClock())
    expect(await byToken('Bearer for-us')).to.include({ user: 'prometheus', door: 'direct' })
    expect(await refusalOf(byToken('Bearer for-the-api-server'))).to.include({ code: 401 })
    expect(asked).to.deep.equal([[OURS], [OURS]])
  })

  it('are taken for metrics when they are meant for the API server, or for us, and for nobody else', async () => {
    const { review } = apiServer()
    const clock = fakeClock()
    const forMetrics = eitherOf(tokenAuthenticator(review, undefined, clock), tokenAuthenticator(review, [OURS], clock))
    expect(await forMetrics('Bearer for-the-api-server')).to.include({ user: 'prometheus' })
    expect(await forMetrics('Bearer for-us')).to.include({ user: 'prometheus' })
    expect(await refusalOf(forMetrics('Bearer for-somebody'))).to.include({ code: 401 })
  })

  it('that were good for metrics are not remembered as good for anything else', async () => {
    const { review } = apiServer()
    const clock = fakeClock()
    const ours = tokenAuthenticator(review, [OURS], clock)
    const forMetrics = eitherOf(tokenAuthenticator(review, undefined, clock), ours)
    await forMetrics('Bearer for-the-api-server')
    expect(await refusalOf(ours('Bearer for-the-api-server'))).to.include({ code: 401 })
  })

  it('are not tried a second way when the API server cannot be asked', async () => {
    let asked = 0
    const review = async () => {
      asked += 1
      throw new Failure({
        code: 503,
        reason: 'ServiceUnavailable',
        error: 'identity_unavailable',
        message: 'no answer',
      })
    }
    const one = tokenAuthenticator(review, undefined, fakeClock())
    expect(await refusalOf(eitherOf(one, one)('Bearer for-us'))).to.include({ code: 503 })
    expect(asked).to.equal(1)
  })
})
