import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { EXIT } from '../../../kubectl-plugin/exit-code.ts'
import { RELEASE } from '../../../operator/release.ts'
import { createAuthority, issue } from '../../cluster/certificate.ts'
import { type Answer, startFaultServer } from '../../kube/fault-server.ts'
import { autonomy } from '../harness/program.ts'

/** What people read when something is wrong that a real cluster cannot be made to do; the cluster suite has the rest. */

const DESCRIBE = ['rollout', 'plan', 'describe', 'plan-abc123']
const RETRY = ['rollout', 'recover', 'plan-abc123', '--strategy', 'retry', '--reason', 'x']
const now = Date.now()

function json(status: number, body: object, headers: { readonly [name: string]: string } = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

function text(status: number, body: string, contentType = 'text/plain; charset=utf-8'): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': contentType })
    response.end(body)
  }
}

const status = (code: number, reason: string, message: string) =>
  json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message })
const ours = (code: number, error: string, message: string, more: object = {}, server = RELEASE) =>
  json(
    code,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason: '', message, error, ...more },
    { server: `autonomy-rollouts/${server}` },
  )

type Row = {
  readonly when: string
  readonly answer: Answer
  readonly args?: readonly string[]
  readonly exit: number
  /** URL stands for where the server is, WITH for the flags that lead there. */
  readonly says: string
}

const TABLE: readonly Row[] = [
  {
    when: 'kube-apiserver has nobody behind the API',
    answer: text(503, 'service unavailable'),
    exit: EXIT.unreachable,
    says: 'autonomy: rollout plan describe plan-abc123: the API server answers, and no operator behind it does (503: service unavailable). Try: kubectl get apiservice v1.orchestrator.autonomyops.dev',
  },
  {
    when: 'kube-apiserver waits too long for the one behind it',
    answer: status(504, 'Timeout', 'request did not complete within the allotted timeout'),
    args: RETRY,
    exit: EXIT.unreachable,
    says: 'autonomy: rollout recover plan-abc123: the API server answers, and no operator behind it does (504: request did not complete within the allotted timeout); whether it took effect is not known, and repeating it is safe. Try: kubectl get apiservice v1.orchestrator.autonomyops.dev',
  },
  {
    when: 'the API is not installed',
    answer: status(404, 'NotFound', 'the server could not find the requested resource'),
    exit: EXIT.unreachable,
    says: "autonomy: rollout plan describe plan-abc123: there is no orchestrator at URL: it is not installed, or the URL is another one's. Try: kubectl get apiservice v1.orchestrator.autonomyops.dev",
  },
  {
    when: 'a proxy answers with a page',
    answer: text(502, '<html>\n<h1>Bad Gateway</h1>\n</html>', 'text/html'),
    exit: EXIT.unreachable,
    says: 'autonomy: rollout plan describe plan-abc123: what answers at URL is no orchestrator (502: <html> <h1>Bad Gateway</h1> </html>). Try: kubectl get apiservice v1.orchestrator.autonomyops.dev',
  },
  {
    when: 'somebody else answers with success',
    answer: text(200, 'It works!'),
    exit: EXIT.unreachable,
    says: 'autonomy: rollout plan describe plan-abc123: what answers at URL is no orchestrator (200: It works!). Try: kubectl get apiservice v1.orchestrator.autonomyops.dev',
  },
  {
    when: 'an answer would steer the terminal',
    answer: text(500, '\u001b]0;owned\u0007boo'),
    exit: EXIT.unreachable,
    says: 'autonomy: rollout plan describe plan-abc123: what answers at URL is no orchestrator (500: ]0;owned boo). Try: kubectl get apiservice v1.orchestrator.autonomyops.dev',
  },
  {
    when: 'nobody is known',
    answer: status(401, 'Unauthorized', 'Unauthorized'),
    exit: EXIT.denied,
    says: 'autonomy: rollout plan describe plan-abc123: URL does not know who you are: Unauthorized. Try: kubectl auth whoami',
  },
  {
    when: 'a right is missing, and kube-apiserver says so',
    answer: status(403, 'Forbidden', 'rollouts… is forbidden'),
    args: ['rollout', 'history', 'plan-abc123', '-n', 'fleet'],
    exit: EXIT.denied,
    says: 'autonomy: rollout history plan-abc123: you have no right to get rollouts/history in API group orchestrator.autonomyops.dev in namespace fleet. Try: kubectl auth can-i get rollouts.orchestrator.autonomyops.dev --subresource history -n fleet',
  },
  {
    when: 'a right is missing, and the orchestrator says which',
    answer: ours(403, 'forbidden', 'no', { details: { kind: 'rollouts/retry', name: 'plan-abc123' } }),
    args: RETRY,
    exit: EXIT.denied,
    says: 'autonomy: rollout recover plan-abc123: you have no right to create rollouts/retry in API group orchestrator.autonomyops.dev in every namespace. Try: kubectl auth can-i create rollouts.orchestrator.autonomyops.dev --subresource retry --all-namespaces',
  },
  {
    when: 'the right to cancel is missing',
    answer: ours(403, 'forbidden', 'no', { details: { kind: 'rollouts/cancel', name: 'p' } }),
    args: ['rollout', 'plan', 'cancel', 'p'],
    exit: EXIT.denied,
    says: 'autonomy: rollout plan cancel p: you have no right to create rollouts/cancel in API group orchestrator.autonomyops.dev in every namespace. Try: kubectl auth can-i create rollouts.orchestrator.autonomyops.dev --subresource cancel --all-namespaces',
  },
  {
    when: 'no leader has judged it in time',
    answer: ours(504, 'no_verdict', 'no operator process has judged RolloutRecovery r within 30 s', { recovery: 'r' }),
    args: RETRY,
    exit: EXIT.timeout,
    says: 'autonomy: rollout recover plan-abc123: no operator process has judged RolloutRecovery r within 30 s. Try: autonomy rollout history plan-abc123 WITH',
  },
  {
    when: 'the orchestrator cannot use its API server',
    answer: ours(
      503,
      'api_server_unavailable',
      'reading plan p needs the API server, and it gave no answer (timeout); try again',
    ),
    exit: EXIT.unreachable,
    says: 'autonomy: rollout plan describe plan-abc123: reading plan p needs the API server, and it gave no answer (timeout); try again.',
  },
  {
    when: 'the stage was halted',
    answer: ours(409, 'stage_halted', 'stage ring was halted for good'),
    args: ['rollout', 'resume', 'plan-abc123', '--reason', 'x'],
    exit: EXIT.failed,
    says: 'autonomy: rollout resume plan-abc123: stage ring was halted for good. Try: autonomy rollout recover plan-abc123 --strategy retry --reason "…" WITH',
  },
  {
    when: 'the server is older and does not know the path',
    answer: ours(404, 'path_not_found', 'there is nothing at /rollouts/p/history', {}, '0.0.9'),
    args: ['rollout', 'history', 'p'],
    exit: EXIT.failed,
    says: `autonomy: rollout history p: there is nothing at /rollouts/p/history; this program is ${RELEASE} and the server 0.0.9: use the one of the same release.`,
  },
  {
    when: 'the server is so old that it does not say its release',
    answer: json(400, {
      kind: 'Status',
      code: 400,
      message: 'the parameter phase is not known',
      error: 'bad_parameter',
    }),
    args: ['rollout', 'plan', 'list', '--phase', 'active'],
    exit: EXIT.failed,
    says: 'autonomy: rollout plan list: the parameter phase is not known; the server is too old to say its release.',
  },
  {
    when: 'the connection breaks under a write',
    answer: (_, response) => response.destroy(),
    args: RETRY,
    exit: EXIT.unreachable,
    says: 'autonomy: rollout recover plan-abc123: the connection to URL broke; whether it took effect is not known, and repeating it is safe. Try: autonomy rollout history plan-abc123 WITH',
  },
  {
    when: 'the connection breaks under a read, again and again',
    answer: (_, response) => response.destroy(),
    exit: EXIT.unreachable,
    says: 'autonomy: rollout plan describe plan-abc123: the connection to URL broke.',
  },
  {
    when: 'no answer comes to a read',
    answer: () => {},
    args: [...DESCRIBE, '--request-timeout', '200ms'],
    exit: EXIT.timeout,
    says: 'autonomy: rollout plan describe plan-abc123: URL gave no answer within 200 ms. Try: kubectl get apiservice v1.orchestrator.autonomyops.dev',
  },
  {
    when: 'no answer comes to a write',
    answer: () => {},
    args: [...RETRY, '--request-timeout', '1s'],
    exit: EXIT.timeout,
    says: 'autonomy: rollout recover plan-abc123: URL gave no answer within 1s; whether it took effect is not known, and repeating it is safe. Try: autonomy rollout history plan-abc123 WITH',
  },
]

describe('a failure is one line with what, why and what next', () => {
  for (const { when, answer, args = DESCRIBE, exit, says } of TABLE)
    it(`when ${when}`, async () => {
      await using server = await startFaultServer(answer)
      const url = server.url.origin
      const { code, stdout, stderr } = await autonomy([...args, '--orchestrator-url', url])
      const told = stderr
        .replaceAll(`--orchestrator-url ${url}`, 'WITH')
        .replaceAll(`${url}/apis/orchestrator.autonomyops.dev`, 'URL')
      expect(told.replace(/WITH --namespace \S+/, 'WITH')).to.equal(`${says}\n`)
      expect({ code, stdout }).to.deep.equal({ code: exit, stdout: '' })
    })

  it('when nothing listens there', async () => {
    const closed = createServer()
    await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise(resolve => closed.close(resolve))
    const { code, stderr } = await autonomy([...DESCRIBE, '--orchestrator-url', `http://127.0.0.1:${port}`])
    expect(code).to.equal(EXIT.unreachable)
    expect(stderr)
      .to.include(`nothing listens at http://127.0.0.1:${port}/apis/`)
      .and.include('Try: kubectl cluster-info')
  })

  it('when a name is not known', async () => {
    const { code, stderr } = await autonomy([...DESCRIBE, '--orchestrator-url', 'http://orchestrator.invalid'])
    expect(code).to.equal(EXIT.unreachable)
    expect(stderr).to.include('the name of http://orchestrator.invalid').and.include('kubectl config view --minify')
  })

  describe('when TLS does not fit', () => {
    const authority = createAuthority('an authority that nobody knows', now)
    const serving = issue(
      authority,
      { subject: { commonName: 'x' }, use: { kind: 'server', names: ['127.0.0.1'] } },
      now,
    )

    it('because the authority is not known', async () => {
      await using server = await startFaultServer(text(200, ''), { key: serving.keyPem, cert: serving.certificatePem })
      const { code, stderr } = await autonomy([...DESCRIBE, '--orchestrator-url', server.url.origin])
      expect(code).to.equal(EXIT.unreachable)
      expect(stderr).to.include('is not trusted: its certificate is from an authority that is not known here')
    })

    it('because the other end speaks plain HTTP', async () => {
      const plain = createHttpServer((_, response) => response.end())
      await new Promise<void>(resolve => plain.listen(0, '127.0.0.1', resolve))
      const { port } = plain.address() as AddressInfo
      const url = `https://127.0.0.1:${port}`
      const { code, stderr } = await autonomy([...DESCRIBE, '--orchestrator-url', url])
      plain.close()
      expect(code).to.equal(EXIT.unreachable)
      expect(stderr).to.include('it does not speak TLS there; is it http:// that is meant, or another port?')
    })
  })

  describe('as JSON, when JSON was asked for', () => {
    it('with the code, the words, what to do and how the program ends', async () => {
      await using server = await startFaultServer(
        ours(409, 'plan_already_terminal', 'plan plan-abc123 is cancelled; nothing is left to do', { recovery: 'r-1' }),
      )
      const { code, stdout, stderr } = await autonomy([...RETRY, '-o', 'json', '--orchestrator-url', server.url.origin])
      expect(JSON.parse(stderr)).to.deep.equal({
        error: 'plan_already_terminal',
        message: 'plan plan-abc123 is cancelled; nothing is left to do',
        status: 409,
        next: `autonomy rollout history plan-abc123 --orchestrator-url ${server.url.origin}`,
        exit_code: 1,
        recovery: 'r-1',
      })
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' })
    })

    it('for a command line that cannot be understood, too', async () => {
      const { code, stderr } = await autonomy(['rollout', 'history', '-o', 'json', '--nonsense'])
      expect(code).to.equal(EXIT.usage)
      expect(JSON.parse(stderr)).to.deep.include({ error: 'usage', exit_code: 2 })
    })
  })

  it('names the plan that was meant', async () => {
    const lists = json(200, { kind: 'RolloutList', metadata: {}, plans: [{ plan_id: 'plan-abc123' }], items: [] })
    const missing = ours(404, 'plan_not_found', 'there is no plan plan-abc12 in namespace fleet')
    await using server = await startFaultServer((request, response, socket) =>
      (request.url.endsWith('/rollouts') ? lists : missing)(request, response, socket),
    )
    const { stderr } = await autonomy(['rollout', 'history', 'plan-abc12', '--orchestrator-url', server.url.origin])
    expect(stderr).to.include(
      'there is no plan plan-abc12; did you mean plan-abc123? Try: autonomy rollout plan describe plan-abc123',
    )
  })

  it('says the name by which it was called', async () => {
    const { stderr } = await autonomy(['rollout', 'nodse'], { program: 'kubectl autonomy' })
    expect(stderr).to.equal(
      'kubectl autonomy: rollout: "nodse" is no command in rollout; did you mean nodes? Try: kubectl autonomy rollout --help\n',
    )
  })

  it('is silent about an interruption, whose end says it all', async () => {
    await using server = await startFaultServer(() => {})
    const interrupt = new AbortController()
    const running = autonomy([...DESCRIBE, '--orchestrator-url', server.url.origin], { signal: interrupt.signal })
    interrupt.abort(new Error('ended by SIGINT'))
    expect(await running).to.deep.equal({ code: EXIT.interrupted, stdout: '', stderr: '' })
  })
})
