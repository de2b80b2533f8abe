import { expect } from 'chai'
import { before } from 'mocha'
import type { AuditLine } from '../../../operator/api/audit.ts'
import { until } from '../../cluster/wait.ts'
import type { Answer, Caller } from '../door.ts'
import { FLEET, withGround } from '../ground.ts'

const FIELDS = [
  'event_name',
  'category',
  'action',
  'outcome',
  'source',
  'timestamp',
  'actor',
  'resource_type',
  'resource',
  'fields',
]
const CLAIM = { 'x-autonomy-operator': 'night shift' }
const stages = [
  { id: 's1', nodes: {}, gates: [{ kind: 'manual' }] },
  { id: 's2', nodes: {} },
]
const body = (plan: string) => ({
  plan_id: plan,
  artifact_ref: 'oci.example/agent:1',
  fleet: { selector: { match_labels: { nobody: plan } } },
  stages: stages.map(stage => ({ ...stage, allow_empty: true })),
})

describe('audit trail', function () {
  this.timeout(120_000)
  const ground = withGround({ nodes: 1 })
  let alice: Caller
  let robot: Caller
  let viewer: Caller

  const lineOf = async (what: string, which: (line: AuditLine) => boolean): Promise<AuditLine> => {
    const found = await until(() => ground().audit().find(which), { what, withinMs: 10_000 })
    expect(Object.keys(found)).to.deep.equal(FIELDS)
    return found
  }
  const joined = async (answer: Answer) =>
    await lineOf('the line of the request', ({ fields }) => fields['audit_id'] === answer.headers['audit-id'])
  const started = async (plan: string) => {
    expect((await alice.call('POST', '/rollouts', { body: body(plan), headers: CLAIM })).status).to.equal(201)
    await until(
      async () => {
        const { body: answer } = await alice.call('GET', `/rollouts/${plan}/stages/s1/gates`)
        return (answer as { readonly gates: readonly { readonly since?: string }[] }).gates[0]?.since !== undefined
      },
      { what: `${plan} waits for its gate`, withinMs: 20_000 },
    )
  }

  before(async () => {
    const { succeed } = ground()
    for (const account of ['robot', 'viewer']) await succeed(['create', 'serviceaccount', account, '-n', FLEET])
    const bind = ['create', 'clusterrolebinding']
    await succeed([
      ...bind,
      'admins',
      '--clusterrole=autonomy-rollouts-admin',
      '--user=alice',
      `--serviceaccount=${FLEET}:robot`,
    ])
    await succeed([...bind, 'viewers', '--clusterrole=autonomy-rollouts-viewer', `--serviceaccount=${FLEET}:viewer`])
    alice = await ground().aggregated('alice')
    robot = await ground().direct('robot')
    viewer = await ground().direct('viewer')
    const may = async () =>
      (await Promise.all([alice, robot, viewer].map(async at => (await at.call('GET', '/rollouts')).status))).every(
        status => status === 200,
      )
    await until(may, { what: 'the roles are in force', withinMs: 20_000 })
  })

  it('tells who created a plan, through which door, under which claimed name', async () => {
    const answer = await alice.call('POST', '/rollouts', { body: body('created'), headers: CLAIM })
    expect(answer.status).to.equal(201)
    const { fields, ...line } = await joined(answer)
    expect(line).to.include({
      event_name: 'rollout.plan.created',
      category: 'rollout',
      action: 'create',
      outcome: 'success',
      source: 'orchestrator',
      actor: 'alice',
      resource_type: 'rollout_plan',
      resource: `${FLEET}/created`,
    })
    expect(fields).to.include({
      door: 'aggregated',
      claimed_operator: 'night shift',
      artifact_ref: 'oci.example/agent:1',
    })
  })

  it('tells the same of a plan that came by kubectl', async () => {
    await ground().succeed(['create', '-f', '-'], {
      apiVersion: 'fleet.autonomyops.dev/v1alpha1',
      kind: 'RolloutPlan',
      metadata: { name: 'applied', namespace: FLEET },
      spec: {
        artifactRef: 'x',
        fleet: { selector: { matchLabels: { nobody: 'applied' } } },
        stages: [{ id: 's1', nodes: {} }],
      },
    })
    const line = await lineOf('the line of the plan', ({ resource }) => resource === `${FLEET}/applied`)
    expect(line).to.include({ event_name: 'rollout.plan.created', outcome: 'success' })
    expect(line.actor).to.equal(await whoami())
    expect(line.fields).to.include({ door: 'apply' })
  })

  it('tells every transition, done by the operator itself', async () => {
    await started('moving')
    await robot.call('POST', '/rollouts/moving/stages/s1/gates/manual/approve', { body: { reason: 'fine' } })
    const names = () =>
      ground()
        .audit()
        .filter(({ resource, actor }) => resource === `${FLEET}/moving` && actor === 'autonomy-rollouts')
        .map(({ event_name, fields }) => [event_name, fields['stage']].filter(word => word !== undefined).join(' '))
    await until(() => names().includes('rollout.plan.completed'), { what: 'the plan is completed', withinMs: 20_000 })
    expect(names()).to.deep.equal([
      'rollout.plan.started',
      'rollout.stage.opened s1',
      'rollout.stage.promoted s1',
      'rollout.stage.opened s2',
      'rollout.stage.promoted s2',
      'rollout.plan.completed',
    ])
  })

  for (const [action, method, path, more] of [
    ['pause', 'POST', '/pause', {}],
    ['resume', 'POST', '/resume', {}],
    ['retry', 'POST', '/recover', { strategy: 'retry' }],
    ['skip_failed', 'POST', '/recover', { strategy: 'skip_failed' }],
    ['halt', 'POST', '/halt', {}],
    ['rollback', 'POST', '/recover', { strategy: 'rollback' }],
    ['cancel', 'DELETE', '', {}],
    ['approve', 'POST', '/stages/s1/gates/manual/approve', {}],
  ] as const)
    it(`tells who asked for ${action}, why, and what came of it`, async () => {
      const plan = `plan-${action.replace('_', '-')}`
      await started(plan)
      if (action === 'resume') await alice.call('POST', `/rollouts/${plan}/pause`, { body: { reason: 'first' } })
      const reason = `because of ${action}`
      const answer = await robot.call(method, `/rollouts/${plan}${path}`, { body: { reason, ...more }, headers: CLAIM })
      expect(answer.status).to.equal(200)
      const line = await joined(answer)
      expect(line).to.include({
        event_name: 'rollout.recovered',
        action,
        outcome: 'success',
        actor: robot.user,
        resource: `${FLEET}/${plan}`,
      })
      expect(line.fields).to.include({ reason, door: 'direct', claimed_operator: 'night shift' })
      expect(line.fields).to.include.keys(['recovery', 'previous_phase', 'new_phase', 'plan_uid', 'user_uid'])
      await agrees(plan, line)
    })

  it('tells what was refused because of the plan, with its code', async () => {
    await started('refused')
    const answer = await alice.call('POST', '/rollouts/refused/resume', { body: { reason: 'go on' } })
    expect(answer.status).to.equal(409)
    const line = await joined(answer)
    expect(line).to.include({
      event_name: 'rollout.recovery.rejected',
      action: 'resume',
      outcome: 'failure',
      actor: 'alice',
    })
    expect(line.fields).to.include({ code: 'plan_not_paused', reason: 'go on', door: 'aggregated' })
    await agrees('refused', line)
  })

  for (const [what, method, path, sent, code, action] of [
    [
      'a body with a fault',
      'POST',
      '/rollouts/refused/recover',
      { strategy: 'rolback', reason: 'x' },
      'invalid_request',
      'recover',
    ],
    ['a request without a reason', 'POST', '/rollouts/refused/halt', {}, 'invalid_request', 'halt'],
    ['a plan that there is already', 'POST', '/rollouts', body('refused'), 'plan_exists', 'create'],
    ['a plan that there is not', 'DELETE', '/rollouts/nowhere', undefined, 'plan_not_found', 'cancel'],
  ] as const)
    it(`tells that ${what} was refused`, async () => {
      const answer = await alice.call(method, path, sent === undefined ? {} : { body: sent })
      expect(answer.status).to.be.within(400, 499)
      const line = await joined(answer)
      expect(line).to.include({ event_name: 'rollout.request.refused', outcome: 'failure', action, actor: 'alice' })
      expect(line.fields).to.include({ code, status: String(answer.status), door: 'aggregated' })
    })

  it('tells who was denied, and what right was missing', async () => {
    const answer = await viewer.call('POST', '/rollouts/refused/recover', {
      body: { strategy: 'retry', reason: 'mine' },
      headers: CLAIM,
    })
    expect(answer.status).to.equal(403)
    const line = await joined(answer)
    expect(line).to.include({
      event_name: 'rollout.access.denied',
      outcome: 'denied',
      action: 'recover',
      actor: viewer.user,
    })
    expect(line.fields).to.include({ code: 'forbidden', claimed_operator: 'night shift', door: 'direct' })
    expect(line.fields['message']).to.match(/cannot create resource "rollouts\/recover"/)
  })

  it('tells that somebody came who could not say who they are', async () => {
    const answer = await viewer.call('POST', '/rollouts/refused/halt', {
      body: { reason: 'x' },
      headers: { authorization: 'Bearer no-token' },
    })
    expect(answer.status).to.equal(401)
    const line = await joined(answer)
    expect(line).to.include({ event_name: 'rollout.access.denied', outcome: 'denied', actor: 'unauthenticated' })
  })

  it('is silent about reads, unless they were not allowed', async () => {
    const answers = await Promise.all(
      ['/rollouts', '/rollouts/stuck', '/rollouts/nowhere', '/rollouts/refused/history'].map(
        async path => await alice.call('GET', path),
      ),
    )
    const denied = await robot.call('GET', `/namespaces/kube-system/rollouts/stuck?x=1`)
    expect(denied.status).to.equal(400)
    const last = await viewer.call('DELETE', '/rollouts/refused')
    await joined(last)
    const ids = new Set(answers.map(({ headers }) => headers['audit-id']))
    expect(
      ground()
        .audit()
        .filter(({ fields }) => ids.has(fields['audit_id'])),
    ).to.deep.equal([])
  })

  /** The objects tell the same as the line: the recovery, its Event, and the history of the plan. */
  async function agrees(plan: string, { fields, actor, outcome, action }: AuditLine): Promise<void> {
    const name = fields['recovery'] ?? ''
    const recovery = JSON.parse(await ground().succeed(['get', 'rrec', name, '-n', FLEET, '-o', 'json'])) as {
      readonly spec: object
      readonly status: { readonly phase: string }
    }
    expect(recovery.spec).to.include({ operator: actor, reason: fields['reason'], strategy: action, planName: plan })
    expect(recovery.status.phase).to.equal(outcome === 'success' ? 'Succeeded' : 'Rejected')
    const { body: history } = await alice.call('GET', `/rollouts/${plan}/history`)
    const { events } = history as { readonly events: readonly { readonly recovery?: string }[] }
    const told = events.filter(event => event.recovery === name)
    expect(told).to.have.length(1)
    expect(told[0]).to.include({
      operator: actor,
      strategy: action,
      outcome: outcome === 'success' ? 'succeeded' : 'rejected',
      message: fields['reason'],
      audit_id: fields['audit_id'],
      door: fields['door'],
    })
    const select = `regarding.name=${name},regarding.kind=RolloutRecovery`
    const get = [
      'get',
      'events.events.k8s.io',
      '-n',
      FLEET,
      '--field-selector',
      select,
      '-o',
      'jsonpath={.items[*].reason}',
    ]
    const reasons = async () => (await ground().succeed(get)).trim()
    await until(async () => (await reasons()) === recovery.status.phase, {
      what: `one Event about ${name}`,
      withinMs: 10_000,
    })
  }

  async function whoami(): Promise<string> {
    const text = await ground().succeed(['auth', 'whoami', '-o', 'json'])
    return (JSON.parse(text) as { readonly status: { readonly userInfo: { readonly username: string } } }).status
      .userInfo.username
  }
})
