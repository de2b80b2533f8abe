import { expect } from 'chai'
import fc from 'fast-check'
import { API_VERSION } from '../../../operator/api/names.ts'
import type { HistoryEntry, PlanStatus, StageStatus } from '../../../operator/api/rollout-plan-status.ts'
import { validatePlan } from '../../../operator/api/validator.ts'
import { nameToKeep } from '../../../operator/rollout/clip.ts'
import { fit } from '../../../operator/rollout/size.ts'
import { plan, time } from '../build.ts'
import { replay, sequences } from './runs.ts'

const MOST_BYTES = 20_000
const AT = time(0)

/** Names are ASCII; what people write need not be. */
function name(most: number): fc.Arbitrary<string> {
  return fc.constantFrom(1, most).map(length => 'x'.repeat(length))
}

function words(most: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(1, most), fc.constantFrom('x', 'é', '本', '🤖', '"', '\u0001'))
    .map(([length, mark]) => mark.repeat(length))
}

function many<T>(most: number, what: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.constantFrom(0, 1, most).chain(length => fc.array(what, { minLength: length, maxLength: length }))
}

const big = fc.constantFrom(0, 100_000)

/** Of all its gates as many as are named have been skipped. */
const stage: fc.Arbitrary<StageStatus> = fc
  .record({
    id: name(63),
    phase: fc.constantFrom('promoted', 'promoted', 'halted'),
    skipped: fc.boolean(),
    openedAt: fc.constant(AT),
    settledAt: fc.constant(AT),
    closedAt: fc.constant(AT),
    attempt: big,
    members: fc.record({ count: big, digest: name(16) }),
    released: big,
    confirmed: name(2_000),
    counts: fc.record({
      total: big,
      pending: big,
      activating: big,
      activated: big,
      failed: big,
      unreachable: big,
      gone: big,
    }),
    gates: many(
      8,
      fc.record({
        name: name(63),
        kind: fc.constantFrom('webhook', 'time_soak'),
        state: fc.constantFrom('passed', 'failed', 'unknown'),
        since: fc.constant(AT),
        detail: words(512),
        dryRun: fc.boolean(),
        evidence: fc.record({
          readAt: fc.constant(AT),
          verdict: fc.constantFrom('good', 'bad', 'unknown'),
          value: name(64),
          threshold: name(128),
          said: words(320),
          sampledAt: fc.constant(AT),
          good: fc.constant(1000),
          goodSince: fc.constant(AT),
          goodUntil: fc.constant(AT),
          bad: fc.constant(1001),
          trouble: words(256),
          troubleSince: fc.constant(AT),
          nextAt: fc.constant(AT),
          askedAt: fc.constant(AT),
          reportBy: fc.constant(AT),
        }),
      }),
    ),
    skippedGates: many(
      8,
      fc.record({
        gate: name(63),
        operator: words(256).map(text => nameToKeep(text)),
        skippedAt: fc.constant(AT),
        recovery: name(253),
      }),
    ),
    approvals: many(
      10,
      fc.record({
        operator: words(256).map(text => nameToKeep(text)),
        approvedAt: fc.constant(AT),
        recovery: name(253),
      }),
    ),
  })
  .map(({ gates, skippedGates, ...rest }) => ({
    ...rest,
    skippedGates,
    gates: gates.map((gate, index) => {
      const by = skippedGates[index]?.operator
      return by === undefined ? gate : { ...gate, skippedBy: by }
    }),
  }))

const entry: fc.Arbitrary<HistoryEntry> = fc.record({
  at: fc.constant(AT),
  event: fc.constant('Recovered'),
  stage: name(63),
  strategy: fc.constant('skip_failed'),
  operator: words(256),
  recovery: name(253),
  message: words(256),
})

const condition = (type: string) =>
  fc.record({
    type: fc.constant(type),
    status: fc.constantFrom('True', 'False'),
    reason: fc.constant('TooManyFailures'),
    message: words(1024),
    lastTransitionTime: fc.constant(AT),
  })

/** Of all stages one may be open, the last that is not pending. */
function asOpen({ closedAt: _, ...rest }: StageStatus): StageStatus {
  return { ...rest, phase: 'open' }
}

const status: fc.Arbitrary<PlanStatus> = fc.record({
  phase: fc.constantFrom('active', 'completed'),
  observedGeneration: big,
  currentStageId: name(63),
  progress: name(32),
  startedAt: fc.constant(AT),
  updatedAt: fc.constant(AT),
  completedAt: fc.constant(AT),
  waitingFor: name(317),
  unassigned: big,
  stages: many(32, stage).map(closed => [...closed.slice(1), ...closed.slice(0, 1).map(asOpen)]),
  failingNodes: many(
    20,
    fc.record({ name: name(253), stage: name(63), reason: fc.constant('CrashLoopBackOff'), message: words(256) }),
  ),
  history: many(20, entry),
  lastRecovery: fc.record({
    uid: name(64),
    name: name(253),
    strategy: fc.constant('skip_failed'),
    previousPhase: fc.constant('active'),
    newPhase: fc.constant('completed'),
    skippedStageId: name(63),
    skippedGate: name(63),
    nextStageId: name(63),
    recoveredAt: fc.constant(AT),
  }),
  conditions: fc.tuple(...['Ready', 'Reconciling', 'Stalled', 'Stuck'].map(condition)),
})

describe('A status made to fit', function () {
  this.timeout(0)
  it('keeps its limit and stays valid, whatever the schema lets into it', () => {
    const numRuns = Math.ceil(sequences / 50)
    fc.assert(
      fc.property(status, whole => {
        const fitted = fit(whole)
        const stages = fitted.stages?.map(({ confirmed: _, retried: _retried, withheld: _withheld, ...rest }) => rest)
        expect(Buffer.byteLength(JSON.stringify({ ...fitted, stages }))).to.be.at.most(MOST_BYTES)
        const object = { ...plan({ status: fitted }), apiVersion: API_VERSION, kind: 'RolloutPlan' }
        expect(validatePlan(object)).to.deep.equal([])
        expect(fitted.phase).to.equal(whole.phase)
        expect(fitted.stages?.map(({ id, phase, confirmed }) => [id, phase, confirmed])).to.deep.equal(
          whole.stages?.map(({ id, phase, confirmed }) => [id, phase, confirmed]),
        )
        expect(fitted.lastRecovery?.uid).to.equal(whole.lastRecovery?.uid)
        const unfinished = ({ phase, approvals = [] }: StageStatus) =>
          phase === 'open' ? approvals.map(who => who.operator) : []
        expect(fitted.stages?.map(unfinished), 'approvals that still count').to.deep.equal(
          whole.stages?.map(unfinished),
        )
      }),
      { numRuns, ...replay },
    )
  })
})
