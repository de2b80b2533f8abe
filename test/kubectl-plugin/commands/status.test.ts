import { expect } from 'chai'
import { EXIT } from '../../../kubectl-plugin/exit-code.ts'
import type { RolloutBody } from '../../../operator/rest/schema/bodies.ts'
import { type Answer, startFaultServer } from '../../kube/fault-server.ts'
import { autonomy } from '../harness/program.ts'
import { plan } from '../ui/build.ts'

/** Gives its answers one after the other, and the last one for ever. */
function inTurn(...answers: readonly Answer[]): Answer {
  let turn = 0
  return (...asked) => {
    answers[Math.min(turn, answers.length - 1)]?.(...asked)
    turn += 1
  }
}

const body =
  (answer: RolloutBody): Answer =>
  (request, response) => {
    const etag = `"${answer.phase}-${answer.progress ?? ''}"`
    const known = request.headers['if-none-match'] === etag
    response.writeHead(known ? 304 : 200, { 'content-type': 'application/json', etag })
    response.end(known ? undefined : JSON.stringify(answer))
  }
const broken: Answer = (_, response) => response.destroy()
const away: Answer = (_, response) => {
  response.writeHead(503, { 'content-type': 'text/plain' })
  response.end('service unavailable')
}

describe('status --watch', function () {
  this.timeout(30_000)
  const watch = async (answer: Answer, ...more: readonly string[]) => {
    await using server = await startFaultServer(answer)
    const url = server.url.origin
    const ended = await autonomy(['rollout', 'status', 'agent-2', '--watch', '--orchestrator-url', url, ...more])
    return { ...ended, asked: server.seen.length }
  }

  it('goes on when the way to the orchestrator is broken for a while, and says so', async () => {
    const answer = inTurn(body(plan()), away, body(plan({ phase: 'completed', reason: 'Completed' })))
    const { code, stdout, stderr } = await watch(answer)
    expect(code).to.equal(EXIT.completed)
    expect(stdout.trim().split('\n')).to.have.length(2)
    expect(stderr).to.equal(
      'the API server answers, and no operator behind it does (503: service unavailable); trying again\n',
    )
  })

  it('prints a line a change, and nothing for an answer that is the same', async () => {
    const answer = inTurn(body(plan()), body(plan()), body(plan({ phase: 'rolled_back', reason: 'RolledBack' })))
    const { code, stdout, asked } = await watch(answer)
    expect(code).to.equal(EXIT.failed)
    expect([stdout.trim().split('\n').length, asked]).to.deep.equal([2, 3])
  })

  it('ends at once when what is wrong does not pass by itself', async () => {
    const { code, asked } = await watch((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'Status', code: 403, message: 'no' }))
    })
    expect([code, asked]).to.deep.equal([EXIT.denied, 1])
  })

  it('does not wait longer than it is told to, connection or not', async () => {
    const started = performance.now()
    const { code, stderr } = await watch(inTurn(body(plan()), broken), '--timeout', '3s')
    expect(code).to.equal(EXIT.timeout)
    expect(stderr).to.match(/not completed within 3s\n$/)
    expect(performance.now() - started).to.be.lessThan(10_000)
  })
})
