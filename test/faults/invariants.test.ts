import { expect } from 'chai'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import { writeBitmap } from '../../operator/rollout/bitmap.ts'
import { flawsOf } from './invariants.ts'
import { AT, type Stage, versions } from './versions.ts'
import { RELEASE } from './workload.ts'

const open = (more: Partial<StageStatus> = {}): Stage => ({
  id: 'one',
  phase: 'open',
  attempt: 1,
  members: { count: 3, digest: 'one' },
  released: 2,
  ...more,
})
const second = (more: Partial<StageStatus> = {}): Stage => ({ id: 'two', ...more })
const opened = { at: AT, event: 'StageOpened', stage: 'one' }

/** Three nodes in stage one, of which two may be told. */
function underWay() {
  const made = versions()
  for (const name of ['a', 'b', 'c']) made.node(name)
  made.members('one', 'a', 'b', 'c')
  made.plan({ stages: [open(), second()], history: [opened] })
  return made
}

function applied(strategy: string, more: object = {}): PlanStatus['lastRecovery'] {
  return {
    uid: 'r1',
    name: 'r1',
    strategy,
    previousPhase: 'active',
    newPhase: 'active',
    recoveredAt: AT,
    ...more,
  } as PlanStatus['lastRecovery']
}

const recovered = (strategy: string, operator = 'alice') =>
  ({ at: AT, event: 'Recovered', recovery: 'r1', strategy, operator }) as never

type Case = { readonly breaks: string; readonly by: (made: ReturnType<typeof underWay>) => void }

const CASES: readonly Case[] = [
  {
    breaks: 'an ended plan stays',
    by: ({ plan }) => {
      plan({ phase: 'cancelled', stages: [open({ phase: 'halted' }), second()] })
      plan({ phase: 'active', stages: [open({ phase: 'halted' }), second()] })
    },
  },
  {
    breaks: 'completedAt was changed',
    by: ({ plan }) => {
      const stages = [open({ phase: 'promoted' }), second({ phase: 'promoted' })]
      for (const seconds of ['00', '01'])
        plan({ phase: 'completed', completedAt: `2026-01-01T00:00:${seconds}Z`, stages })
    },
  },
  {
    breaks: 'is 3600 s from when it was written',
    by: ({ plan }) => plan({ startedAt: '2026-01-01T01:00:00Z', stages: [open(), second()], history: [opened] }),
  },
  {
    breaks: 'does not begin again',
    by: ({ plan }) => plan({ phase: 'published', stages: [open(), second()] }),
  },
  {
    breaks: 'a closed stage stays closed',
    by: ({ plan }) => {
      plan({ phase: 'paused', stages: [open({ phase: 'halted' }), second()] })
      plan({ stages: [open(), second()] })
    },
  },
  {
    breaks: 'the released mark sank',
    by: ({ plan }) => plan({ stages: [open({ released: 1 }), second()] }),
  },
  {
    breaks: 'the released mark rose after the stop',
    by: ({ plan }) => plan({ phase: 'rolled_back', stages: [open({ phase: 'halted', released: 3 }), second()] }),
  },
  {
    breaks: 'a stage opens only when those before it are promoted',
    by: ({ plan }) => plan({ stages: [open(), second({ phase: 'open' })] }),
  },
  {
    breaks: 'nobody has retried',
    by: ({ plan }) => plan({ stages: [open({ phase: 'halted' }), second({ phase: 'open' })] }),
  },
  {
    breaks: 'an attempt begins only by a retry',
    by: ({ plan }) => plan({ stages: [open({ attempt: 2 }), second()] }),
  },
  {
    breaks: 'counts add up to the members',
    by: ({ plan }) => {
      const counts = { total: 3, pending: 1, activating: 1, activated: 0, failed: 0, unreachable: 0, gone: 0 }
      plan({ stages: [open({ counts }), second()] })
    },
  },
  {
    breaks: 'each transition leaves one entry',
    by: ({ plan }) => plan({ stages: [open({ phase: 'promoted' }), second({ phase: 'open' })], history: [opened] }),
  },
  {
    breaks: 'signed by mallory',
    by: ({ plan, recovery }) => {
      recovery('r1', { strategy: 'pause' })
      const lastRecovery = applied('pause', { newPhase: 'paused' })
      const history = [opened, recovered('pause', 'mallory')]
      plan({ phase: 'paused', stages: [open(), second()], history, ...(lastRecovery ? { lastRecovery } : {}) })
    },
  },
  {
    breaks: 'no more than a batch is in flight',
    by: ({ plan, node }) => {
      plan({ stages: [open({ released: 3 }), second()], history: [opened] })
      for (const name of ['a', 'b', 'c']) node(name, 'one')
    },
  },
  { breaks: 'only below the released mark', by: ({ node }) => node('c', 'one') },
  {
    breaks: 'a node that has moved is not told again',
    by: ({ plan, node }) => {
      node('a', 'one', 1, RELEASE)
      plan({ stages: [open({ attempt: 2 }), second()], history: [opened], lastRecovery: applied('retry')! })
      node('a', 'one', 2, RELEASE)
    },
  },
  {
    breaks: 'stage one counts 0 gone, and 1 are',
    by: ({ plan, gone }) => {
      plan({ stages: [open({ counts: { ...NONE, pending: 3 } }), second()] })
      gone('a')
    },
  },
  { breaks: 'is told attempt 2', by: ({ node }) => node('a', 'one', 2) },
  { breaks: 'is told stage two', by: ({ node }) => node('a', 'two') },
  {
    breaks: 'a confirmed node keeps its release',
    by: ({ plan, node }) => {
      node('a', 'one')
      plan({ stages: [open({ confirmed: writeBitmap([0]) }), second()], history: [opened] })
      node('a')
    },
  },
  {
    breaks: 'no node is activated after a stop',
    by: ({ plan, node }) => {
      plan({ phase: 'rolled_back', stages: [open({ phase: 'halted' }), second()] })
      node('b', 'one')
    },
  },
  {
    breaks: 'still carries the release of a stage that was stopped',
    by: ({ plan, node }) => {
      node('a', 'one')
      plan({ phase: 'rolled_back', stages: [open({ phase: 'halted' }), second()] })
    },
  },
  {
    breaks: 'each recovery takes effect once',
    by: ({ plan, recovery }) => {
      recovery('r1', { strategy: 'approve' })
      for (const uid of ['r1', 'r2', 'r1'])
        plan({ stages: [open(), second()], lastRecovery: { ...applied('approve')!, uid } })
    },
  },
  {
    breaks: 'nobody has asked for r1',
    by: ({ plan }) => plan({ stages: [open(), second()], lastRecovery: applied('approve')! }),
  },
  {
    breaks: 'r1 asks for approve',
    by: ({ plan, recovery }) => {
      recovery('r1', { strategy: 'approve' })
      plan({ stages: [open(), second()], lastRecovery: applied('retry')! })
    },
  },
  {
    breaks: 'skip_failed hits the stage that was current',
    by: ({ plan, recovery }) => {
      recovery('r1', { strategy: 'skip_failed' })
      plan({ currentStageId: 'one', stages: [open(), second()] })
      const stages = [open({ phase: 'promoted' }), second({ phase: 'promoted', skipped: true })]
      plan({ currentStageId: 'two', stages, lastRecovery: applied('skip_failed')! })
    },
  },
  {
    breaks: 'r1 succeeded without effect',
    by: ({ recovery }) => {
      recovery('r1', { strategy: 'retry' })
      recovery('r1', { strategy: 'retry' }, 'Succeeded')
    },
  },
  {
    breaks: 'r1 was rejected, and has taken effect',
    by: ({ plan, recovery }) => {
      recovery('r1', { strategy: 'retry' })
      plan({ stages: [open({ attempt: 2 }), second()], lastRecovery: applied('retry')! })
      recovery('r1', { strategy: 'retry' }, 'Rejected')
    },
  },
  { breaks: 'r1 has no verdict', by: ({ recovery }) => recovery('r1', { strategy: 'retry' }) },
]

describe('independent watcher', () => {
  it('has nothing to say of a batch that is told', () => {
    const made = underWay()
    made.node('a', 'one')
    made.node('b', 'one')
    made.plan({ stages: [open({ counts: { ...NONE, pending: 1, activating: 2 } }), second()], history: [opened] })
    expect(flawsOf(made.versions)).to.deep.equal([])
  })

  for (const { breaks, by } of CASES)
    it(`says so: ${breaks}`, () => {
      const made = underWay()
      by(made)
      expect(flawsOf(made.versions).join('\n')).to.include(breaks)
    })

  it('lets a write arrive after a stop where that can be, if it is taken back', () => {
    const made = underWay()
    const stopped = open({ phase: 'halted', counts: { ...NONE, pending: 3 } })
    made.plan({ phase: 'rolled_back', stages: [stopped, second()], history: [opened, ENDED] })
    made.node('b', 'one')
    made.node('b')
    expect(flawsOf(made.versions, { late: true })).to.deep.equal([])
  })
})

const NONE = { total: 3, pending: 0, activating: 0, activated: 0, failed: 0, unreachable: 0, gone: 0 }
const ENDED = { at: AT, event: 'PlanRolledBack' }
