import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import type { PlanPhase } from '../../operator/api/rollout-plan-status.ts'
import { REFUSALS, type RefusalCode, type Strategy } from '../../operator/api/rollout-recovery.ts'
import { nodes, plan, recovery, stage } from './build.ts'
import { ask, rollOut, settle, world, type World } from './world.ts'

/** Worlds in each of the situations that the table of recoveries tells apart. */
const manual = [{ kind: 'manual' as const, approvals: 2 }]
const two = () => plan({ stages: [stage('stage-01', { nodes: { limit: 1 }, gates: manual }), stage('stage-02')] })

function after(...strategies: readonly Strategy[]): World {
  const here = world(two(), nodes(3))
  settle(here, 0)
  for (const strategy of strategies) expect(ask(here, recovery(strategy), 1).kind).to.equal('applied')
  return here
}

const SITUATIONS = {
  published: () => world(two(), nodes(3)),
  'waiting for a plan': () => {
    const here = world(two(), nodes(3))
    here.rivals = [plan({ name: 'older', created: -9, status: { phase: 'active' } })]
    settle(here, 0)
    return here
  },
  active: () => after(),
  'active in the last stage': () => after('skip_failed'),
  paused: () => after('pause'),
  halted: () => after('halt'),
  'halted in the last stage': () => after('skip_failed', 'halt'),
  completed: () => {
    const here = world(plan(), nodes(1))
    rollOut(here, 0)
    return here
  },
  rolled_back: () => after('rollback'),
  cancelled: () => after('cancel'),
} as const

type Situation = keyof typeof SITUATIONS
const ENDED = ['completed', 'rolled_back', 'cancelled'] as const

/** What each strategy comes to in each situation: the plan's new phase, or the code of the refusal. */
const TABLE: { readonly [S in Strategy]: { readonly [K in Situation]: PlanPhase | RefusalCode } } = {
  rollback: {
    published: 'rolled_back',
    'waiting for a plan': 'rolled_back',
    active: 'rolled_back',
    'active in the last stage': 'rolled_back',
    paused: 'rolled_back',
    halted: 'rolled_back',
    'halted in the last stage': 'rolled_back',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  retry: {
    published: 'active',
    'waiting for a plan': 'waiting_for_plan',
    active: 'active',
    'active in the last stage': 'active',
    paused: 'active',
    halted: 'active',
    'halted in the last stage': 'completed',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  skip_failed: {
    published: 'plan_not_active',
    'waiting for a plan': 'plan_not_active',
    active: 'active',
    'active in the last stage': 'completed',
    paused: 'plan_not_active',
    halted: 'plan_not_active',
    'halted in the last stage': 'plan_not_active',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  halt: {
    published: 'plan_not_active',
    'waiting for a plan': 'plan_not_active',
    active: 'paused',
    'active in the last stage': 'paused',
    paused: 'plan_not_active',
    halted: 'stage_halted',
    'halted in the last stage': 'stage_halted',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  cancel: {
    published: 'cancelled',
    'waiting for a plan': 'cancelled',
    active: 'cancelled',
    'active in the last stage': 'cancelled',
    paused: 'cancelled',
    halted: 'cancelled',
    'halted in the last stage': 'cancelled',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  pause: {
    published: 'plan_not_active',
    'waiting for a plan': 'plan_not_active',
    active: 'paused',
    'active in the last stage': 'paused',
    paused: 'plan_not_active',
    halted: 'plan_not_active',
    'halted in the last stage': 'plan_not_active',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  resume: {
    published: 'plan_not_paused',
    'waiting for a plan': 'plan_not_paused',
    active: 'plan_not_paused',
    'active in the last stage': 'plan_not_paused',
    paused: 'active',
    halted: 'stage_halted',
    'halted in the last stage': 'stage_halted',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  approve: {
    published: 'no_current_stage',
    'waiting for a plan': 'no_current_stage',
    active: 'active',
    'active in the last stage': 'no_manual_gate',
    paused: 'paused',
    halted: 'stage_halted',
    'halted in the last stage': 'stage_halted',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
  'gate-report': {
    published: 'no_current_stage',
    'waiting for a plan': 'no_current_stage',
    active: 'gate_not_found',
    'active in the last stage': 'gate_not_found',
    paused: 'gate_not_found',
    halted: 'stage_halted',
    'halted in the last stage': 'stage_halted',
    completed: 'plan_already_terminal',
    rolled_back: 'plan_already_terminal',
    cancelled: 'plan_already_terminal',
  },
}

/** The stage that an approval must name; for a plan without one, any. */
const currentOf = ({ status }: RolloutPlan) => status.currentStageId ?? 'stage-01'

for (const [strategy, row] of Object.entries(TABLE) as [Strategy, (typeof TABLE)[Strategy]][])
  describe(`recovery ${strategy}`, () => {
    for (const [situation, wanted] of Object.entries(row) as [Situation, PlanPhase | RefusalCode][])
      it(`of a plan that is ${situation} comes to ${wanted}`, () => {
        const here = SITUATIONS[situation]()
        const before = here.plan
        const precondition = strategy === 'approve' ? { stageId: currentOf(here.plan) } : {}
        const outcome = ask(here, recovery(strategy, { ...precondition, name: 'asked' }), 60)
        if (outcome.kind === 'refused') {
          expect(outcome.code).to.equal(wanted)
          expect(REFUSALS).to.include(outcome.code)
          expect(outcome.message).to.match(/^\S.{10,1023}$/s)
          expect(here.plan).to.equal(before)
        } else {
          expect(here.plan.status.phase).to.equal(wanted)
          expect(outcome.result).to.include({ previousPhase: before.status.phase, newPhase: wanted })
        }
      })
  })

describe('preconditions of every recovery', () => {
  const strategies = Object.keys(TABLE) as Strategy[]
  const each = (request: Parameters<typeof recovery>[1], situation: Situation = 'active') =>
    strategies.map(strategy => {
      const outcome = ask(SITUATIONS[situation](), recovery(strategy, { ...request, name: 'asked' }), 60)
      return outcome.kind === 'refused' ? outcome.code : outcome.kind
    })
  const all = (code: string) => strategies.map(() => code)

  it('refuse another UID than the plan has', () => {
    expect(each({ planUid: 'uid-of-another' })).to.deep.equal(all('plan_replaced'))
  })

  it('let the right UID pass', () => {
    expect(each({ planUid: 'uid-agent-1-4-2' })).not.to.include('plan_replaced')
  })

  it('refuse a recovery that is older than the plan: it was meant for a former one of the same name', () => {
    expect(each({ created: -1 })).to.deep.equal(all('plan_replaced'))
    expect(each({ created: 0 })).not.to.include('plan_replaced')
  })

  it('refuse a stage that is not the current one', () => {
    expect(each({ stageId: 'stage-02' })).to.deep.equal(all('stage_not_current'))
    expect(each({ stageId: 'no-such-stage' })).to.deep.equal(all('stage_not_current'))
  })

  it('refuse a stage while none has opened', () => {
    expect(each({ stageId: 'stage-01' }, 'published')).to.deep.equal(all('no_current_stage'))
  })

  it('say first that the plan was replaced, then that it has ended, then what is wrong with the stage', () => {
    for (const situation of ENDED) {
      expect(each({ planUid: 'x', stageId: 'y' }, situation)).to.deep.equal(all('plan_replaced'))
      expect(each({ stageId: 'y' }, situation)).to.deep.equal(all('plan_already_terminal'))
    }
  })
})

describe('refusals', () => {
  it('say what to do instead where something can be done', () => {
    const refused = (situation: Situation, strategy: Strategy) => {
      const outcome = ask(SITUATIONS[situation](), recovery(strategy), 60)
      return outcome.kind === 'refused' ? outcome.message : ''
    }
    expect(refused('paused', 'skip_failed')).to.include('resume it first, which tells further nodes')
    expect(refused('paused', 'halt')).to.include('rollback or cancel stop it for good')
    expect(refused('paused', 'pause')).to.include('it is paused already')
    expect(refused('halted', 'skip_failed')).to.include('retry first')
    expect(refused('halted', 'resume')).to.include('use retry')
    expect(refused('waiting for a plan', 'retry')).to.include('fleet/older')
  })

  it('are, but for those about one gate and plan_not_found, all in the table or among the preconditions', () => {
    const seen = new Set(Object.values(TABLE).flatMap(row => Object.values(row) as string[]))
    const missing = REFUSALS.filter(code => !seen.has(code))
    expect(missing).to.have.members([
      'plan_not_found',
      'already_approved',
      'already_skipped',
      'no_callback_gate',
      'evaluation_not_awaited',
      'already_reported',
      'plan_replaced',
      'stage_not_current',
    ])
  })
})
