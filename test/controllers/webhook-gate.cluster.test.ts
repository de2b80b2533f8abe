import { expect } from 'chai'
import { CREDENTIALS_HOSTS, CREDENTIALS_TYPE } from '../../operator/api/names.ts'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { stuckReport } from '../../operator/rollout/report/stuck.ts'
import { giveSecrets } from '../charts/account.ts'
import { says, servingIdentity, TRUST } from '../evaluator/webhook/receiver.ts'
import { type FaultServer, startFaultServer } from '../kube/fault-server.ts'
import { reasonOf, create, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

const gateOf = (plan: RolloutPlan) => stageOf(plan)?.gates?.find(gate => gate.kind === 'webhook')

describe('a webhook gate', function () {
  this.timeout(120_000)
  const world = sharedWorld()
  let receiver: FaultServer

  before(async () => {
    receiver = await startFaultServer(says('unknown', 'tests are running'), servingIdentity())
  })
  after(() => receiver?.[Symbol.asyncDispose]())

  it('waits for a verdict, is held by a bad one, and goes on after a retry with a good one', async () => {
    const scene = await world.scene('webhook', { nodes: 1 })
    await giveSecrets(world.cluster(), scene.namespace)
    await create(world.cluster(), `/api/v1/namespaces/${scene.namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'smoke', annotations: { [CREDENTIALS_HOSTS]: '127.0.0.1' } },
      type: CREDENTIALS_TYPE,
      stringData: TRUST,
    })
    const webhook = { address: `${receiver.url.origin}/checks`, signingSecret: 'smoke' }
    const gates = [{ kind: 'webhook' as const, name: 'smoke', intervalSeconds: 1, webhook }]
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates }], stuckAfterSeconds: 1 })

    const waiting = await scene.until('nothing is known', plan => gateOf(plan)?.evidence?.verdict === 'unknown')
    expect(gateOf(waiting)).to.include({ state: 'unknown' })
    expect(gateOf(waiting)?.detail).to.match(/^has had no verdict since \S+: tests are running$/)
    expect(reasonOf(waiting)).to.equal('GatePending')

    receiver.answer(says('failed', '3 of 40 checks are red'))
    const failed = await scene.until('the gate has failed', plan => gateOf(plan)?.state === 'failed')
    expect(gateOf(failed)?.evidence).to.include({
      value: 'failed',
      said: '3 of 40 checks are red',
      verdict: 'bad',
      bad: 1,
    })
    expect(reasonOf(failed)).to.equal('GateFailed')
    expect(stuckReport([failed], 0, Date.now() + 3_000_000)[0]?.stuckReason).to.match(
      /^webhook gate "smoke" failed: 3 of 40 checks are red, for \d+ minutes$/,
    )

    receiver.answer(says('passed'))
    await scene.recover('retry')
    const done = await scene.until('it is completed', plan => plan.status.phase === 'completed')
    expect(gateOf(done)).to.include({ state: 'passed', detail: 'passed' })
    const questions = receiver.seen.map(({ body }): unknown => JSON.parse(body))
    for (const question of questions)
      expect(question).to.include({
        namespace: scene.namespace,
        plan: 'plan',
        stage: 's1',
        gate: 'smoke',
        nodeCount: 1,
      })
    const told = await scene.eventually('the events', async () => {
      const found = (await scene.events(done.metadata.uid)).map(({ reason, note }) => `${reason}: ${note}`)
      return found.some(note => note.startsWith('GateFailed')) && found
    })
    expect(told).to.include('GateFailed: stage s1: webhook gate smoke failed: 3 of 40 checks are red')
  })
})
