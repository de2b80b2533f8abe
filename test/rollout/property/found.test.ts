import { playBoth, playFaulty } from './play.ts'
import type { Event, Happening, PlanShape, Scenario, StageShape } from './scenario.ts'

/** Sequences that once showed a fault of the domain, as small as they could be made. */

const STAGE: StageShape = {
  ring: undefined,
  limit: undefined,
  allowEmpty: false,
  batchSize: 1,
  maxFailures: 0,
  maxUnreachable: 0,
  gates: [],
}

function shape(parts: Partial<PlanShape> = {}): PlanShape {
  return {
    confirm: 'annotation',
    minReadySeconds: 0,
    timeoutSeconds: 30,
    stuckAfterSeconds: 120,
    pool: undefined,
    stages: [STAGE],
    ...parts,
  }
}

function scenario<E>(nodes: number, events: readonly E[], parts: Partial<PlanShape> = {}, notReady = -1): Scenario<E> {
  const shapes = Array.from({ length: nodes }, (_, index) => ({ ring: 'canary', pool: 'a', ready: index !== notReady }))
  return { first: shape(parts), second: shape({ confirm: 'ready' }), nodes: shapes, events, held: 0 }
}

function ask(strategy: 'retry' | 'rollback' | 'pause'): Happening {
  return { kind: 'recover', ask: { strategy, operator: 'alice', stage: 'current', plan: 'first', uid: 'none' } }
}

const WAVE: Happening = { kind: 'wave', except: 0 }

describe('What random sequences have found', () => {
  it('a node is no longer held by a plan that was rolled back, though nothing had to be withdrawn from it', () => {
    const rollback = { strategy: 'rollback', operator: 'alice', stage: 'current', uid: 'none' } as const
    const skip = { ...rollback, strategy: 'skip_failed', plan: 'first' } as const
    const events: Happening[] = [
      { kind: 'recover', ask: skip },
      { kind: 'publish' },
      { kind: 'ready', node: 0, ok: false },
      { kind: 'recover', ask: { ...rollback, plan: 'second' } },
    ]
    playBoth(scenario(2, events, { confirm: 'ready', minReadySeconds: 10 }, 1))
  })

  it('a second retry keeps what the first one has marked', () => {
    const stages = [{ ...STAGE, maxFailures: '34%' }]
    playBoth(scenario(3, [{ kind: 'look' }, ask('retry'), ask('retry')], { stages }))
  })

  it('a retried node that recovers by itself and is lost again has failed', () => {
    const stages = [{ ...STAGE, maxFailures: 2 }]
    for (const node of [0, 1, 2])
      playBoth(
        scenario(3, [{ kind: 'wait', seconds: 600 }, ask('retry'), WAVE, { kind: 'ready', node, ok: false }], {
          stages,
          confirm: 'pod',
        }),
      )
  })

  it('a plan made anew within the second of its last activation takes the node', () => {
    const add: Happening = { kind: 'add', ring: 'canary', pool: 'a', ready: true }
    playBoth(scenario(0, [add, { kind: 'replace' }], { confirm: 'ready' }))
  })

  it('a node is not left for ever to a plan that was deleted', () => {
    const add: Happening = { kind: 'add', ring: 'canary', pool: 'a', ready: true }
    const events: Happening[] = [
      ...([{ kind: 'publish' }, { kind: 'wait', seconds: 1 }, add, add, WAVE, WAVE, { kind: 'replace' }] as const),
      ...([{ kind: 'report', node: 0, what: 'release' }, { kind: 'look' }, { kind: 'look' }] as const),
      ...([{ kind: 'wait', seconds: 300 }, WAVE] as const),
    ]
    playBoth({
      ...scenario(0, events, { confirm: 'pod', stages: [STAGE, STAGE] }),
      second: shape({ stages: [STAGE, STAGE] }),
    })
  })

  it('a former leader takes no node from a plan that it has not heard of, or has only seen published', () => {
    const late: Event = { kind: 'former', which: 0, does: 'step', old: 0 }
    const unheard: Event[] = [WAVE, { kind: 'failOver' }, { kind: 'publish' }, ask('rollback'), late]
    const published: Event[] = [{ kind: 'publish' }, { kind: 'failOver' }, WAVE, ask('rollback'), late]
    for (const events of [unheard, published]) playFaulty(scenario(2, events, { confirm: 'pod' }))
  })

  it('a former leader with an uneven view of the nodes exceeds no batch through a node that came back', () => {
    const stages = [{ ...STAGE, maxUnreachable: 1 }]
    for (let node = 0; node < 4; node += 1)
      for (let old = 0; old < 16; old += 1) {
        const late: Event = { kind: 'former', which: 0, does: 'step', old }
        const events: Event[] = [{ kind: 'failOver' }, WAVE, { kind: 'ready', node, ok: true }, late]
        playFaulty(scenario(4, events, { stages, timeoutSeconds: 600 }, node))
      }
  })

  it('a failed node that is about to recover is looked at in time', () => {
    const parts = { confirm: 'pod', minReadySeconds: 10 } as const
    playFaulty(scenario<Event>(1, [{ kind: 'wait', seconds: 4000 }, WAVE], parts))
  })

  it('a soak that ends while the plan is paused is looked at in time', () => {
    const stages: StageShape[] = [{ ...STAGE, gates: [{ kind: 'time_soak', seconds: 4000 }] }, STAGE]
    playFaulty(scenario<Event>(1, [ask('pause')], { stages, confirm: 'ready' }))
  })
})
