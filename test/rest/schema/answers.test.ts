import { expect } from 'chai'
import { PROVENANCE } from '../../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import { PLAN_PHASES } from '../../../operator/api/rollout-plan-status.ts'
import type { ObjectSchema } from '../../../operator/api/schema.ts'
import type { Exchange, Reply } from '../../../operator/rest/exchange.ts'
import { gates, history, nodes } from '../../../operator/rest/resources/detail.ts'
import { get, list, stuck } from '../../../operator/rest/resources/read.ts'
import * as bodies from '../../../operator/rest/schema/bodies.ts'
import { validateBody } from '../../../operator/rest/schema/check.ts'
import type { Surface } from '../../../operator/rest/surface.ts'
import { at, frozen, node, observation, opened, plan, recovery, stage, time } from '../../rollout/build.ts'

const good = node('n01')
const gone = node('n02')
const away = node('n03', { ready: false })
const members = frozen(good, gone, away)

/** A plan of which everything is known that may be. */
const full: RolloutPlan = (() => {
  const bare = plan({
    stages: [
      stage('stage-01', { gates: [{ kind: 'time_soak', seconds: 60 }, { kind: 'manual' }] }),
      stage('stage-02', { gates: [{ kind: 'health', minPercent: 95 }] }),
    ],
    status: {
      phase: 'active',
      currentStageId: 'stage-01',
      progress: '1/3',
      startedAt: time(1),
      updatedAt: time(2),
      completedAt: time(3),
      waitingFor: 'fleet/other',
      unassigned: 2,
      stages: [
        opened('stage-01', members, {
          settledAt: time(5),
          closedAt: time(6),
          skipped: true,
          counts: { total: 3, pending: 0, activating: 0, activated: 1, failed: 0, unreachable: 1, gone: 1 },
          gates: [{ name: 'time_soak', kind: 'time_soak', state: 'passed', since: time(5), detail: 'over' }],
        }),
      ],
      failingNodes: [{ name: 'n03', stage: 'stage-01', reason: 'TimedOut', message: 'no report' }],
      history: [{ at: time(1), event: 'StageOpened', stage: 'stage-01', message: 'stage stage-01 opened' }],
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Waiting',
          message: 'waits',
          lastTransitionTime: time(1),
          observedGeneration: 1,
        },
      ],
    },
  })
  return { ...bare, metadata: { ...bare.metadata, annotations: { [PROVENANCE.createdBy]: 'alice' } } }
})()

const judged: RolloutRecovery = {
  ...recovery('skip_failed', { stageId: 'stage-01' }),
  status: {
    phase: 'Succeeded',
    previousPhase: 'active',
    newPhase: 'active',
    skippedStageId: 'stage-01',
    recoveredAt: time(4),
  },
}
const refused: RolloutRecovery = {
  ...recovery('resume'),
  status: { phase: 'Rejected', code: 'plan_not_paused', message: 'it is not paused' },
}

/** A surface that holds these plans, and an exchange that asks it about the first. */
function asking(plans: readonly RolloutPlan[], params: Exchange['params'] = {}, query = '') {
  const held = new Map(plans.map(one => [`fleet/${one.metadata.name}`, one]))
  const surface = {
    caches: { plans: { get: (key: string) => held.get(key), values: () => held.values(), state: () => ({}) } },
    view: {
      observe: (one: RolloutPlan) =>
        observation({ plan: one, nodes: [good, away], pods: 'unseen', frozen: { 'stage-01': members } }),
      recoveriesOf: () => [judged, refused, recovery('pause')],
    },
    clock: { now: () => at(7_200) },
  } as unknown as Surface
  const exchange = {
    target: { namespace: 'fleet' },
    params: { plan: plans[0]?.metadata.name ?? '', ...params },
    query: new URLSearchParams(query),
  } as unknown as Exchange
  return [exchange, surface] as const
}

type Answering = (exchange: Exchange, surface: Surface) => Reply | Promise<Reply>

/** As a client gets it: what JSON leaves out is left out. */
async function answered(handler: Answering, ...asked: Parameters<typeof asking>): Promise<unknown> {
  const { body } = await handler(...asking(...asked))
  return JSON.parse(JSON.stringify(body))
}

describe('answers of the surface', () => {
  const bare = plan({ name: 'bare' })
  for (const [what, schema, handler, params] of [
    ['a plan', bodies.rollout, get, {}],
    ['a list', bodies.rolloutList, list, {}],
    ['a stuck report', bodies.stuckReport, stuck, {}],
    ['gates of an open stage', bodies.gateReport, gates, { stage: 'stage-01' }],
    ['nodes', bodies.nodeReport, nodes, {}],
    ['a history', bodies.historyReport, history, {}],
  ] as const satisfies readonly (readonly [string, ObjectSchema, Answering, Exchange['params']])[])
    for (const [which, one] of [
      ['has everything', full],
      ['nobody has looked at yet', bare],
    ] as const)
      it(`are what the schema of ${what} says, about a plan that ${which}`, async () => {
        expect(validateBody(schema, await answered(handler, [one], params))).to.deep.equal([])
      })

  it('use every field that the schema of a plan has, so that none is described in vain', async () => {
    const body = (await answered(get, [full])) as object
    const said = Object.keys(bodies.rollout.properties).filter(name => name !== 'dry_run')
    expect(Object.keys(body)).to.have.members(said)
  })

  it('have rows to hold against the schema', async () => {
    expect(await answered(nodes, [full]))
      .to.have.property('nodes')
      .with.lengthOf(3)
    expect(await answered(stuck, [full]))
      .to.have.property('stuck_plans')
      .with.lengthOf(1)
    expect(await answered(gates, [full], { stage: 'stage-01' }))
      .to.have.property('gates')
      .with.lengthOf(2)
    expect(await answered(history, [full]))
      .to.have.property('events')
      .with.lengthOf(5)
  })

  it('are what the schema says in each phase', async () => {
    for (const phase of PLAN_PHASES) {
      const one = plan({ name: 'one', status: { ...full.status, phase } })
      expect(validateBody(bodies.rollout, await answered(get, [one])), phase).to.deep.equal([])
    }
  })

  it('are what the schema says about a plan that was only admitted, which has no version', async () => {
    const { resourceVersion: _, ...metadata } = bare.metadata
    const admitted = { ...bare, metadata: metadata as RolloutPlan['metadata'] }
    expect(validateBody(bodies.rollout, await answered(get, [admitted]))).to.deep.equal([])
  })

  it('are what the schema says where a list goes on', async () => {
    const body = await answered(list, [full, bare], {}, 'limit=1')
    expect(validateBody(bodies.rolloutList, body)).to.deep.equal([])
    expect(body).to.have.nested.property('metadata.remainingItemCount', 1)
  })

  it('are found wanting when they say more than the schema', async () => {
    const body = { ...((await answered(get, [full])) as object), currentStageId: 'stage-01' }
    expect(validateBody(bodies.rollout, body)).to.deep.equal([
      { field: 'currentStageId', message: 'is not known; did you mean current_stage_id?' },
    ])
  })
})
