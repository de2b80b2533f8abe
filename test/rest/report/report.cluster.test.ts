import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { API_VERSION } from '../../../operator/api/names.ts'
import type { RolloutRecovery } from '../../../operator/api/object.ts'
import { evaluationName, evaluationOf } from '../../../operator/rollout/gates/evaluation.ts'
import { runKubectl } from '../../api/server.ts'
import { giveSecrets } from '../../charts/account.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import { until } from '../../cluster/wait.ts'
import { servingIdentity } from '../../evaluator/webhook/receiver.ts'
import { type FaultServer, blackhole, startFaultServer } from '../../kube/fault-server.ts'
import type { Caller } from '../door.ts'
import { FLEET, withGround } from '../ground.ts'
import { SOON, committed, leaderAndOther } from '../repeat/scene.ts'
import { awaited, gateOf, giveKey, planOf, planThat, questionsOf, report, takesOn, waitingPlan } from './scene.ts'

const ROOT = join(import.meta.dirname, '../../..')
const done = ({ status }: { readonly status: { readonly phase: string } }) => status.phase === 'completed'

describe('a service that reports later', function () {
  this.timeout(120_000)
  const ground = withGround({ replicas: 2, nodes: 1, flags: { 'gate-loopback': true } })
  let receiver: FaultServer
  let admin: Caller
  /** The service, as the account that it runs under. */
  let service: Caller
  let stranger: Caller

  const act = async (plan: string, what: string, body: object) =>
    await admin.call('POST', `/namespaces/${FLEET}/rollouts/${plan}/${what}`, { body })
  const recovery = async (name: string) => {
    const path = `/apis/${API_VERSION}/namespaces/${FLEET}/rolloutrecoveries/${name}`
    return expectSuccess(path, await ground().cluster.request('GET', path)) as RolloutRecovery
  }

  before(async () => {
    receiver = await startFaultServer(takesOn, servingIdentity())
    const { succeed, cluster } = ground()
    for (const account of ['load-test', 'stranger']) await succeed(['create', 'serviceaccount', account, '-n', FLEET])
    const bind = async (name: string, role: string) =>
      await succeed([
        ...['create', 'rolebinding', name, '-n', FLEET, `--clusterrole=autonomy-rollouts-${role}`],
        `--serviceaccount=${FLEET}:${name}`,
      ])
    await bind('load-test', 'reporter')
    await bind('stranger', 'operator')
    await giveSecrets(cluster, FLEET)
    await giveKey(ground())
    admin = await ground().aggregated('admin', ['system:masters'])
    service = await ground().direct('load-test')
    stranger = await ground().direct('stranger')
    const may = async () => (await report(service, 'nothing', 'u/s1/load/1', 'passed')).status === 404
    await until(may, { what: 'the role is in force', ...SOON })
  })
  after(() => receiver?.[Symbol.asyncDispose]())

  it('is asked once, by two leaders, and its report promotes the stage', async () => {
    await waitingPlan(ground(), receiver, 'handed')
    const { evaluation, reportBy } = await awaited(ground(), receiver, 'handed')
    expect(reportBy).to.match(/^\d{4}-.*Z$/)
    expect(gateOf(await planOf(ground(), 'handed'))?.detail).to.match(
      /^was asked at \S+Z, and reports by itself until \S+Z$/,
    )
    const { leader } = await leaderAndOther(ground())
    await leader.kill('SIGKILL')
    // What the next leader does after it has judged these is done knowing the plan.
    for (const step of ['pause', 'resume'])
      expect((await act('handed', step, { reason: 'to see who leads' })).status).to.equal(200)
    await planThat(ground(), 'handed', 'is looked at again', plan => gateOf(plan)?.evidence?.reportBy !== undefined)
    const { body: seen } = await admin.call('GET', `/namespaces/${FLEET}/rollouts/handed/stages/s1/gates`)
    expect((seen as { readonly gates: readonly object[] }).gates[0]).to.deep.include({ evaluation, state: 'unknown' })
    const told = await report(service, 'handed', evaluation, 'passed')
    expect(told).to.deep.include({ status: 200, replayed: false })
    await planThat(ground(), 'handed', 'is completed', done)
    expect(questionsOf(receiver, 'handed')).to.have.length(1)
    expect((await recovery(told.body.recovery ?? '')).spec).to.deep.include({
      strategy: 'gate-report',
      stageId: 's1',
      gate: 'load',
      operator: service.user,
      reason: 'p99 180 ms',
      report: { evaluation, state: 'passed' },
    })
    const line = ground()
      .audit()
      .find(({ fields }) => fields['recovery'] === told.body.recovery)
    expect(line).to.include({ action: 'gate-report', outcome: 'success', actor: service.user })
    expect(line?.fields).to.include({ gate: 'load', stage: 's1', door: 'direct' })
  })

  it('may report before it has answered', async () => {
    let told: ReturnType<typeof report> | undefined
    receiver.answer((question, response, socket) => {
      const { plan, evaluation } = JSON.parse(question.body) as { readonly plan: string; readonly evaluation: string }
      told ??= report(service, plan, evaluation, 'passed')
      const there = async () => {
        const path = `/apis/${API_VERSION}/namespaces/${FLEET}/rolloutrecoveries`
        const { body } = await ground().cluster.request('GET', path)
        return (body as { readonly items: readonly RolloutRecovery[] }).items.some(({ spec }) => spec.planName === plan)
      }
      void until(there, { what: 'the report is there', ...SOON }).then(() => takesOn(question, response, socket))
    })
    await waitingPlan(ground(), receiver, 'early')
    await planThat(ground(), 'early', 'is completed', done)
    receiver.answer(takesOn)
    expect(await told).to.deep.include({ status: 200 })
  })

  it('holds up nobody with a report that is earlier than its question is known', async () => {
    receiver.answer(blackhole)
    await waitingPlan(ground(), receiver, 'held')
    await until(() => questionsOf(receiver, 'held').length === 1, { what: 'it is asked', ...SOON })
    const early = report(service, 'held', questionsOf(receiver, 'held')[0]?.evaluation ?? '', 'passed')
    await committed(ground(), 'held')
    expect((await act('held', 'recover', { strategy: 'retry', reason: 'it hangs' })).status).to.equal(200)
    expect((await early).body.error).to.equal('evaluation_not_awaited')
    receiver.answer(takesOn)
  })

  it('is asked anew when it does not report in time, and then reports on that', async () => {
    await waitingPlan(ground(), receiver, 'late', [{ name: 'load', deadlineSeconds: 2 }])
    const first = await awaited(ground(), receiver, 'late')
    await planThat(ground(), 'late', 'says so', plan => /has not reported by/.test(gateOf(plan)?.detail ?? ''))
    await until(() => questionsOf(receiver, 'late').length > 1, { what: 'it is asked anew', ...SOON })
    const { status, body } = await report(service, 'late', first.evaluation, 'passed')
    expect({ status, error: body.error }).to.deep.equal({ status: 409, error: 'evaluation_not_awaited' })
    await until(
      async () => {
        const last = questionsOf(receiver, 'late').at(-1)
        return (await report(service, 'late', last?.evaluation ?? '', 'passed')).status === 200
      },
      { what: 'a report is taken', ...SOON },
    )
    await planThat(ground(), 'late', 'is completed', done)
  })

  it('reports once: a repeat gets the first answer, and anything else is refused', async () => {
    await waitingPlan(ground(), receiver, 'twice')
    const { evaluation } = await awaited(ground(), receiver, 'twice')
    expect((await report(service, 'twice', evaluation, 'failed')).status).to.equal(200)
    expect(await report(service, 'twice', evaluation, 'failed')).to.deep.include({ status: 200, replayed: true })
    const { status, body } = await report(service, 'twice', evaluation, 'passed')
    expect({ status, error: body.error }).to.deep.equal({ status: 409, error: 'already_reported' })
    const plan = await planThat(ground(), 'twice', 'has failed', seen => gateOf(seen)?.state === 'failed')
    expect(gateOf(plan)?.detail).to.equal('failed: p99 180 ms')
  })

  it('is not listened to about what was asked before a retry', async () => {
    await waitingPlan(ground(), receiver, 'retried')
    const { evaluation } = await awaited(ground(), receiver, 'retried')
    expect((await act('retried', 'recover', { strategy: 'retry', reason: 'again' })).status).to.equal(200)
    const { status, body } = await report(service, 'retried', evaluation, 'passed')
    expect({ status, error: body.error }).to.deep.equal({ status: 409, error: 'evaluation_not_awaited' })
    await until(() => questionsOf(receiver, 'retried').length > 1, { what: 'it is asked again', ...SOON })
    const again = questionsOf(receiver, 'retried').at(-1)?.evaluation ?? ''
    expect((await report(service, 'retried', again, 'passed')).status).to.equal(200)
    await planThat(ground(), 'retried', 'is completed', done)
  })

  it('is refused for a plan that has ended, a stage that is none, a gate that is none, and a forged question', async () => {
    await waitingPlan(ground(), receiver, 'forged')
    const { evaluation } = await awaited(ground(), receiver, 'forged')
    const asked = evaluationOf(evaluation)
    const told = async (parts: Partial<typeof asked>) => {
      const { status, body } = await report(service, 'forged', evaluationName({ ...asked, ...parts }), 'passed')
      return `${status} ${body.error}`
    }
    expect(await told({ uid: '00000000-0000-0000-0000-000000000000' })).to.equal('409 plan_replaced')
    expect(await told({ stage: 's2' })).to.equal('409 stage_not_current')
    expect(await told({ gate: 'other' })).to.equal('404 gate_not_found')
    expect(await told({ at: asked.at + 1 })).to.equal('409 evaluation_not_awaited')
    expect(await told({ at: asked.at - 3_600_000 })).to.equal('409 evaluation_not_awaited')
    expect((await report(service, 'forged', 'no question', 'passed')).status).to.equal(422)
    expect(gateOf(await planOf(ground(), 'forged'))?.state).to.equal('unknown')
    expect((await act('forged', 'recover', { strategy: 'rollback', reason: 'enough' })).status).to.equal(200)
    expect(await told({})).to.equal('409 plan_already_terminal')
  })

  it('says what a report would come to without one, and nothing is kept', async () => {
    await waitingPlan(ground(), receiver, 'dry')
    const { evaluation } = await awaited(ground(), receiver, 'dry')
    const foreseen = async () => await report(service, 'dry', evaluation, 'passed', { query: '?dryRun=All' })
    await until(async () => (await foreseen()).status === 200, { what: 'either replica knows', ...SOON })
    expect((await foreseen()).body).to.include({ strategy: 'gate-report', dry_run: true })
    expect(gateOf(await planOf(ground(), 'dry'))?.state).to.equal('unknown')
  })

  it('needs its own right, which no role for people gives, and has no other', async () => {
    await waitingPlan(ground(), receiver, 'foreign')
    const { evaluation } = await awaited(ground(), receiver, 'foreign')
    const { status, body } = await report(stranger, 'foreign', evaluation, 'passed')
    expect(status).to.equal(403)
    expect(body.message).to.include('cannot create resource "rollouts/gate-report"')
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/halt'],
      ['POST', '/stages/s1/gates/load/approve'],
    ] as const) {
      const answer = await service.call(method, `/namespaces/${FLEET}/rollouts/foreign${path}`, {
        ...(method === 'POST' ? { body: { reason: 'x' } } : {}),
      })
      expect(answer.status, path).to.equal(403)
    }
    expect(gateOf(await planOf(ground(), 'foreign'))?.state).to.equal('unknown')
  })

  it('is the same by kubectl, for whoever may create recoveries, too', async () => {
    await waitingPlan(ground(), receiver, 'applied')
    const { evaluation } = await awaited(ground(), receiver, 'applied')
    const object = (gate: string) => ({
      apiVersion: API_VERSION,
      kind: 'RolloutRecovery',
      metadata: { name: 'applied-report', namespace: FLEET },
      spec: {
        planName: 'applied',
        strategy: 'gate-report',
        stageId: 's1',
        gate,
        reason: 'p99 180 ms',
        report: { evaluation, state: 'passed' },
      },
    })
    const { code, stderr } = await ground().kubectl(['create', '-f', '-'], object('other'))
    expect(code).to.equal(1)
    expect(stderr).to.include('gate-report needs the stageId and the gate that its evaluation names')
    await ground().succeed(['create', '-f', '-'], object('load'))
    await planThat(ground(), 'applied', 'is completed', done)
  })

  it('can be held to its own gates by a policy of yours', async () => {
    const page = await readFile(join(ROOT, 'docs/rbac.md'), 'utf8')
    const policy = /```yaml\n# own-gates\.yaml\n([^`]*)```/.exec(page)?.[1] ?? ''
    const own = policy.replaceAll('system:serviceaccount:qa:load-test', service.user)
    expect(own).not.to.equal(policy)
    await waitingPlan(ground(), receiver, 'own', [{ name: 'load' }, { name: 'burn-rate' }])
    const other = await awaited(ground(), receiver, 'own', 'burn-rate')
    const mine = await awaited(ground(), receiver, 'own', 'load')
    const applied = await runKubectl(ground().cluster, ['apply', '-f', '-'], { input: own })
    expect(applied.code, applied.stderr).to.equal(0)
    const dry = async () => await report(service, 'own', other.evaluation, 'passed', { query: '?dryRun=All' })
    const refused = await until(
      async () => {
        const answer = await dry()
        return answer.status !== 200 && answer
      },
      { what: 'the policy is in force', ...SOON },
    )
    expect(refused.body.message).to.include('load-test reports for gate load, and for no other')
    expect((await report(service, 'own', mine.evaluation, 'passed')).status).to.equal(200)
  })
})
