import { expect } from 'chai'
import type { StageStatus } from '../../operator/api/rollout-plan-status.ts'
import { clip, nameToKeep } from '../../operator/rollout/clip.ts'
import { STATUS_LIMIT, fit } from '../../operator/rollout/size.ts'
import { nodes, plan, recovery, stage, time } from './build.ts'
import { ask, settle, stageOf, violations, world } from './world.ts'

const bytesOf = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2
const MARKS = ['x', 'é', '界', '🤖', '"', '\u0001']

describe('clipped text', () => {
  for (const mark of MARKS)
    it(`of ${JSON.stringify(mark)} takes no more room in JSON than it may, and uses it`, () => {
      const clipped = clip(mark.repeat(300), 256)
      expect(bytesOf(clipped)).to.be.within(256 - bytesOf(mark), 256)
      expect(clipped).to.match(/^(.)\1*…$/su)
    })

  it('is the text itself where there is room', () => {
    expect(clip('x'.repeat(256), 256)).to.equal('x'.repeat(256))
  })
})

describe('name that a status keeps', () => {
  it('is the whole name, as long as it may be in ASCII', () => {
    expect(nameToKeep('x'.repeat(256))).to.equal('x'.repeat(256))
  })

  it('is clipped when it takes more room, and stays different from other long names', () => {
    const [a, b] = [nameToKeep(`${'界'.repeat(255)}a`), nameToKeep(`${'界'.repeat(255)}b`)]
    expect(bytesOf(a)).to.be.at.most(256)
    expect(a).not.to.equal(b)
  })

  it('lets nobody approve twice, however long the name', () => {
    const here = world(plan({ stages: [stage('stage-01', { gates: [{ kind: 'manual', approvals: 3 }] })] }), nodes(1))
    settle(here, 0)
    const approve = (operator: string, name: string) =>
      ask(here, recovery('approve', { operator, stageId: 'stage-01', name }), 10)
    const long = '🤖'.repeat(256)
    expect(approve(long, 'first').kind).to.equal('applied')
    expect(approve(long, 'again')).to.include({ kind: 'refused', code: 'already_approved' })
    expect(approve(`${long.slice(2)}x`, 'other').kind).to.equal('applied')
    expect(stageOf(here).approvals).to.have.length(2)
  })
})

describe('status full of names and words in other scripts', () => {
  for (const mark of MARKS)
    it(`keeps its limit (${JSON.stringify(mark)})`, () => {
      const ids = Array.from({ length: 32 }, (_, index) => `s${String(index).padStart(2, '0')}`.padEnd(63, 'x'))
      const many = 100_000
      const counts = {
        total: many,
        pending: many,
        activating: many,
        activated: many,
        failed: many,
        unreachable: many,
        gone: many,
      }
      const closed = (id: string): StageStatus => ({
        id,
        phase: 'promoted',
        skipped: true,
        openedAt: time(1),
        closedAt: time(9),
        attempt: many,
        members: { count: many, digest: '0123456789abcdef' },
        released: many,
        counts,
      })
      const { closedAt: _, skipped: _skipped, ...last } = closed(ids[31]!)
      const open: StageStatus = {
        ...last,
        phase: 'open',
        settledAt: time(2),
        approvals: Array.from({ length: 9 }, (_item, index) => ({
          operator: nameToKeep(mark.repeat(255) + String(index)),
          approvedAt: time(3),
          recovery: `r${index}`.padEnd(253, 'r'),
        })),
        gates: Array.from({ length: 8 }, (_item, index) => ({
          name: `g${index}`.padEnd(63, 'g'),
          kind: 'time_soak',
          state: 'unknown' as const,
          since: time(3),
          due: time(4),
          detail: mark.repeat(512),
        })),
      }
      const fitted = fit({
        phase: 'active',
        observedGeneration: 1,
        currentStageId: ids[31]!,
        progress: `${many}/${32 * many}`,
        startedAt: time(0),
        updatedAt: time(4),
        unassigned: many,
        stages: [...ids.slice(0, 31).map(closed), open],
        lastRecovery: {
          uid: 'u'.repeat(36),
          name: 'r'.repeat(253),
          strategy: 'skip_failed',
          previousPhase: 'active',
          newPhase: 'active',
          skippedStageId: ids[30]!,
          nextStageId: ids[31]!,
          recoveredAt: time(3),
        },
        conditions: ['Ready', 'Reconciling', 'Stalled', 'Stuck'].map(type => ({
          type,
          status: 'False' as const,
          reason: 'AwaitingApproval',
          message: mark.repeat(1024),
          lastTransitionTime: time(0),
          observedGeneration: 1,
        })),
      })
      expect(violations(plan(), fitted)).to.deep.equal([])
      expect(Buffer.byteLength(JSON.stringify(fitted))).to.be.at.most(STATUS_LIMIT)
    })
})
