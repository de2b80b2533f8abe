import { Agent } from 'node:https'
import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import { type Caller, type Sent, caller } from '../door.ts'
import { FLEET, type Ground, SYSTEM, withGround } from '../ground.ts'
import { loadYaml } from '../yaml.ts'
import { PEOPLE, PLAN, bindAll } from './people.ts'
import { ROUTES, type Request, mayAsk } from './route.ts'

/** Requests under way at once. */
const WORKERS = 12

type Expected = 'allowed' | 401 | 403
type Cell = {
  readonly who: string
  readonly at: Caller
  readonly request: Request
  readonly headers: { readonly [name: string]: string }
  readonly expected: Expected
}

/** What a caller adds to look like somebody else, and what that must come to. */
type Spoof = {
  readonly name: string
  readonly headers: { readonly [name: string]: string }
  /** Undefined: as without it. */
  readonly outcome?: Expected
}

const FORGED = { 'x-remote-user': 'master', 'x-remote-group': 'system:masters', 'x-remote-extra-scopes': 'all' }
const SPOOFS: { readonly [door in Caller['door']]: readonly Spoof[] } = {
  aggregated: [
    { name: 'nothing', headers: {} },
    { name: 'forged X-Remote headers', headers: FORGED },
    { name: 'a claimed operator', headers: { 'x-autonomy-operator': 'master' } },
    // kube-apiserver refuses it before it reaches us: nobody here has the right to impersonate.
    { name: 'impersonation', headers: { 'impersonate-user': 'master' }, outcome: 403 },
  ],
  direct: [
    { name: 'nothing', headers: {} },
    { name: 'forged X-Remote headers', headers: FORGED },
    { name: 'a claimed operator', headers: { 'x-autonomy-operator': 'master' } },
    {
      name: 'impersonation',
      headers: { 'impersonate-user': 'master', 'impersonate-group': 'system:masters' },
      outcome: 403,
    },
  ],
}

describe('identity', function () {
  this.timeout(240_000)
  const ground = withGround({ nodes: 1 })
  let callers: readonly Caller[] = []

  before(async () => {
    await bindAll(ground())
    const admin = await ground().aggregated('admin', ['system:masters'])
    const stages = [{ id: 's1', nodes: {}, gates: [{ kind: 'manual' }] }]
    const made = await admin.call('POST', '/rollouts', { body: { plan_id: PLAN, artifact_ref: 'x', stages } })
    expect(made.status).to.equal(201)
    callers = await Promise.all(PEOPLE.flatMap(({ name }) => [ground().aggregated(name), ground().direct(name)]))
    await until(async () => await settled(callers), { what: 'the roles are in force', withinMs: 20_000 })
  })

  it('decides every cell of the matrix as the table says', async () => {
    const cells: Cell[] = PEOPLE.flatMap((person, index) =>
      callers.slice(2 * index, 2 * index + 2).flatMap(at =>
        SPOOFS[at.door].slice(0, person.role === undefined ? undefined : 1).flatMap(({ name, headers, outcome }) =>
          ROUTES.map(request => ({
            who: `${person.name}, ${at.door}, with ${name}`,
            at,
            request,
            headers,
            expected: outcome ?? (mayAsk(person, request) ? 'allowed' : 403),
          })),
        ),
      ),
    )
    expect(cells.length).to.be.at.least(1_500)
    expect(await wrong(cells)).to.deep.equal([])
  })

  it('lets nobody run Jobs by way of a gate who may not create them', async () => {
    const stages = [{ id: 's1', nodes: {}, gates: [{ kind: 'job', job: { cron_job: 'smoke' } }] }]
    const body = { plan_id: 'runs-jobs', artifact_ref: 'x', stages }
    const ask = async () => await callerOf(callers, 'direct', 'master').call('POST', '/rollouts?dryRun=All', { body })
    const refused = await ask()
    expect(refused.status).to.equal(403)
    expect((refused.body as { readonly message: string }).message).to.include(
      'jobs.batch is forbidden: User "system:serviceaccount:fleet:master" cannot create resource "jobs" in API group "batch"',
    )
    await ground().succeed(['create', 'role', 'run-jobs', '-n', FLEET, '--verb=create', '--resource=jobs.batch'])
    const to = ['--role=run-jobs', `--serviceaccount=${FLEET}:master`]
    await ground().succeed(['create', 'rolebinding', 'run-jobs', '-n', FLEET, ...to])
    const allowed = async () => (await ask()).status === 201
    await until(allowed, { what: 'who may create Jobs may have a gate run them', withinMs: 20_000 })
  })

  it('lets nobody in who cannot say who they are', async () => {
    const strangers = await strangersOf(ground())
    const cells = strangers.flatMap(({ who, at, headers, expected }) =>
      ROUTES.map(request => ({ who, at, headers, request, expected })),
    )
    expect(await wrong(cells)).to.deep.equal([])
  })

  it('is what is written down: the verified name, and beside it the one that was claimed', async () => {
    const master = callerOf(callers, 'aggregated', 'master')
    const headers = { 'x-autonomy-operator': 'somebody else', 'x-remote-user': 'root' }
    const answer = await master.call('POST', `/rollouts/${PLAN}/pause`, {
      body: { reason: 'to be recorded' },
      headers,
    })
    expect(answer.status).to.equal(200)
    const { recovery } = answer.body as { readonly recovery: string }
    const stored = JSON.parse(await ground().succeed(['get', 'rrec', recovery, '-n', FLEET, '-o', 'json'])) as {
      readonly metadata: { readonly annotations: { readonly [key: string]: string } }
      readonly spec: { readonly operator: string }
    }
    expect(stored.spec.operator).to.equal('master')
    expect(stored.metadata.annotations).to.include({
      'fleet.autonomyops.dev/claimed-operator': 'somebody else',
      'fleet.autonomyops.dev/door': 'aggregated',
    })
    const line = await until(
      () =>
        ground()
          .audit()
          .find(({ fields }) => fields['recovery'] === recovery),
      {
        what: 'the audit line',
        withinMs: 5_000,
      },
    )
    expect(line).to.include({ actor: 'master', action: 'pause', outcome: 'success' })
    expect(line.fields).to.include({ claimed_operator: 'somebody else', door: 'aggregated' })
  })

  it('of who was denied is written down, too', async () => {
    const viewer = callerOf(callers, 'direct', 'viewer')
    const answer = await viewer.call('POST', `/rollouts/${PLAN}/halt`, { body: { reason: 'not mine to do' } })
    expect(answer.status).to.equal(403)
    expect((answer.body as { readonly message: string }).message).to.match(
      /User "system:serviceaccount:fleet:viewer" cannot create resource "rollouts\/halt" in API group "orchestrator.autonomyops.dev" at the cluster scope/,
    )
    const auditId = answer.headers['audit-id']
    const line = await until(
      () =>
        ground()
          .audit()
          .find(({ fields }) => fields['audit_id'] === auditId),
      {
        what: 'the audit line',
        withinMs: 5_000,
      },
    )
    expect(line).to.include({
      event_name: 'rollout.access.denied',
      outcome: 'denied',
      action: 'halt',
      actor: viewer.user,
    })
  })
})

/** A user through the API server, a service account on the direct door. */
function callerOf(callers: readonly Caller[], door: Caller['door'], name: string): Caller {
  const found = callers.find(caller => caller.door === door && caller.user.split(':').at(-1) === name)
  if (found === undefined) throw new Error(`there is no caller ${name} at the ${door} door`)
  return found
}

/** RBAC takes a moment: the best-equipped can list, through both doors. */
async function settled(callers: readonly Caller[]): Promise<boolean> {
  const masters = [callerOf(callers, 'aggregated', 'master'), callerOf(callers, 'direct', 'master')]
  const answers = await Promise.all(masters.map(async at => await at.call('DELETE', `/rollouts/${PLAN}?dryRun=All`)))
  return answers.every(({ status }) => status === 200)
}

/** The cells that came out otherwise than the table says, in words. */
async function wrong(cells: readonly Cell[]): Promise<readonly string[]> {
  const found: string[] = []
  const next = cells.values()
  const work = async () => {
    for (const { who, at, request, headers, expected } of next) {
      const sent: Sent = { headers, ...(request.body === undefined ? {} : { body: request.body }) }
      const { status, body } = await at.call(request.method, request.path, sent)
      const came = status === 401 || status === 403 ? status : 'allowed'
      if (came !== expected || status >= 500)
        found.push(
          `${who}: ${request.method} ${request.path} was ${status}, not ${expected}: ${JSON.stringify(body).slice(0, 300)}`,
        )
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  return found
}

type Stranger = Pick<Cell, 'who' | 'at' | 'headers' | 'expected'>

async function strangersOf(ground: Ground): Promise<readonly Stranger[]> {
  const { cluster, port } = ground
  const ca = await ground.ca()
  const origin = `https://127.0.0.1:${port}`
  const servername = `autonomy-rollouts.${SYSTEM}.svc`
  const nobody = caller({
    user: 'nobody',
    door: 'direct',
    origin,
    prefix: '/v1',
    agent: new Agent({ ca, servername }),
    headers: {},
  })
  // An ordinary client certificate, signed by the cluster's authority for users, with the front proxy's common name.
  const { cert, key } = await loadYaml(await cluster.clientFor({ user: 'front-proxy-client' }))
  const impostor = { ...nobody, agent: new Agent({ ca, servername, cert, key }) }
  const disguised = caller(impostor)
  const bearing = (token: string) => ({ authorization: `Bearer ${token}` })
  const token = async (account: string, audience: string) => {
    const access = await cluster.clientForServiceAccount({ namespace: FLEET, name: account, audiences: [audience] })
    return (await access.token()).trim()
  }
  await ground.succeed(['create', 'serviceaccount', 'short-lived', '-n', FLEET])
  const withdrawn = await token('short-lived', 'orchestrator.autonomyops.dev')
  await ground.succeed(['delete', 'serviceaccount', 'short-lived', '-n', FLEET])
  const anonymous = caller({
    user: 'nobody',
    door: 'aggregated',
    origin: cluster.server,
    prefix: '/apis/orchestrator.autonomyops.dev/v1',
    agent: new Agent({ ca: cluster.ca }),
    headers: {},
  })
  return [
    { who: 'nobody', at: nobody, headers: {}, expected: 401 },
    { who: 'nobody with forged headers', at: nobody, headers: FORGED, expected: 401 },
    { who: 'nobody who impersonates', at: nobody, headers: { 'impersonate-user': 'master' }, expected: 403 },
    {
      who: 'an ordinary certificate of the right name with forged headers',
      at: disguised,
      headers: FORGED,
      expected: 401,
    },
    {
      who: 'a token for another audience',
      at: nobody,
      headers: bearing(await token('master', 'somebody.example')),
      expected: 401,
    },
    {
      who: 'a token for the API server',
      at: nobody,
      headers: bearing(await token('master', 'https://kubernetes.default.svc')),
      expected: 401,
    },
    { who: 'a token of an account that is gone', at: nobody, headers: bearing(withdrawn), expected: 401 },
    {
      who: 'a token that is none',
      at: nobody,
      headers: bearing('eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYXN0ZXIifQ.'),
      expected: 401,
    },
    {
      who: 'basic authentication',
      at: nobody,
      headers: { authorization: 'Basic bWFzdGVyOm1hc3Rlcg==' },
      expected: 401,
    },
    // Not 401: kube-apiserver knows an anonymous user, who has no right.
    { who: 'nobody, through the API server', at: anonymous, headers: {}, expected: 403 },
    { who: 'nobody with forged headers, through the API server', at: anonymous, headers: FORGED, expected: 403 },
  ]
}
