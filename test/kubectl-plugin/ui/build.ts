import type { HistoryBody, NodesBody, RolloutBody } from '../../../operator/rest/schema/bodies.ts'

/** Builders of what the orchestrator answers. Times are seconds after START. */

export const START = Date.parse('2026-03-18T08:00:00Z')

export function at(seconds: number): number {
  return START + seconds * 1000
}

export function time(seconds: number): string {
  return new Date(at(seconds)).toISOString().replace('.000Z', 'Z')
}

export type Stage = RolloutBody['stages'][number]
export type Gate = Stage['gates'][number]
export type Member = NodesBody['nodes'][number]
type Counts = NonNullable<Stage['counts']>

export function counts(parts: Partial<Counts>): Counts {
  const { pending = 0, activating = 0, activated = 0, failed = 0, unreachable = 0, gone = 0 } = parts
  const total = pending + activating + activated + failed + unreachable + gone
  return { total, pending, activating, activated, failed, unreachable, gone, ...parts }
}

export function gate(parts: Partial<Gate> = {}): Gate {
  const state = parts.state ?? 'unknown'
  return { name: 'manual', kind: 'manual', state, passed: state === 'passed', detail: '0 of 1 approvals', ...parts }
}

export function promoted(stage_id: string, nodes: number): Stage {
  return {
    stage_id,
    phase: 'promoted',
    opened_at: time(0),
    closed_at: time(8),
    counts: counts({ activated: nodes }),
    gates: [],
  }
}

export function open(stage_id: string, members: Partial<Counts>, gates: readonly Gate[] = []): Stage {
  return { stage_id, phase: 'open', opened_at: time(8), counts: counts(members), gates: [...gates] }
}

export function unopened(stage_id: string): Stage {
  return { stage_id, phase: 'pending', gates: [] }
}

type PlanParts = Partial<Omit<RolloutBody, 'conditions'>> & {
  readonly reason?: string
  readonly message?: string
  readonly stalled?: boolean
  readonly stuck?: boolean
}

/** An active plan whose second stage is being activated. */
export function plan({
  reason = 'Activating',
  message,
  stalled = false,
  stuck = false,
  ...parts
}: PlanParts = {}): RolloutBody {
  const name = parts.plan_id ?? 'agent-2'
  const namespace = parts.namespace ?? 'fleet'
  const uid = parts.uid ?? `uid-${name}`
  const stages = parts.stages ?? [
    promoted('canary', 3),
    open('ring', { activated: 2, activating: 1, pending: 3 }),
    unopened('wide'),
  ]
  const sentence = message ?? 'stage ring: 2 of 6 nodes activated, 1 in flight, first robot-4: waiting for its pod'
  const last_transition_time = time(40)
  const condition = (type: string, status: boolean, why = reason, words = sentence) => ({
    type,
    status: status ? ('True' as const) : ('False' as const),
    reason: why,
    message: words,
    last_transition_time,
  })
  const members = stages.flatMap(({ counts }) => (counts === undefined ? [] : [counts]))
  const total = members.reduce((sum, { total }) => sum + total, 0)
  const activated = members.reduce((sum, { activated }) => sum + activated, 0)
  return {
    kind: 'Rollout',
    apiVersion: 'orchestrator.autonomyops.dev/v1',
    metadata: { name, namespace, uid, creationTimestamp: time(-10), generation: 1 },
    plan_id: name,
    namespace,
    uid,
    phase: 'active',
    current_stage_id: 'ring',
    artifact_ref: 'oci.example/agent@sha256:1',
    release: '1.4.3',
    progress: `${activated}/${total}`,
    created_at: time(-10),
    started_at: time(0),
    updated_at: time(30),
    failing_nodes: [],
    ...parts,
    stages,
    conditions: [
      condition('Ready', parts.phase === 'completed'),
      condition('Reconciling', !stalled && !stuck),
      condition('Stalled', stalled || stuck),
      condition('Stuck', stuck, stuck ? reason : 'NotStuck', stuck ? sentence : 'progress is within the expected time'),
    ],
  }
}

/** Stuck in its second stage: two nodes failed, none is tolerated. */
export function stuckPlan(parts: PlanParts = {}): RolloutBody {
  return plan({
    reason: 'TooManyFailures',
    message:
      'no progress since 2026-03-18T08:00:30Z: stage ring: 2 of 6 nodes failed, 0 tolerated, first robot-1: TimedOut, pod fleet/robot-agent-2-5sdl8 is not Ready 25 s after its activation; retry when the cause is gone, skip_failed to go on without, or rollback',
    stalled: true,
    stuck: true,
    stages: [
      promoted('canary', 3),
      open('ring', { activated: 2, failed: 2, pending: 2 }, [
        gate({ name: 'time_soak', kind: 'time_soak', detail: 'soak of 10 minutes starts when the nodes have settled' }),
        gate({ since: time(8) }),
      ]),
      unopened('wide'),
    ],
    failing_nodes: ['robot-1', 'robot-3'].map(name => ({
      name,
      stage_id: 'ring',
      reason: 'TimedOut',
      message: `pod fleet/${name}-agent is not Ready 25 s after its activation`,
    })),
    ...parts,
  })
}

export function member(node: string, parts: Partial<Member> = {}): Member {
  return { node, uid: `uid-${node}`, stage_id: 'ring', state: 'activated', since: time(20), ...parts }
}

/** As many as are asked for; every hundredth has failed. */
export function members(count: number, stage_id = 'ring'): Member[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `robot-${String(index + 1).padStart(5, '0')}`
    return index % 100 === 99
      ? member(name, {
          stage_id,
          state: 'failed',
          reason: 'CrashLoopBackOff',
          message: 'container agent ends again and again',
        })
      : member(name, { stage_id })
  })
}

export function history(events: HistoryBody['events'] = []): HistoryBody {
  const first: HistoryBody['events'] = [
    { at: time(-10), event: 'PlanCreated', operator: 'alice', door: 'apply' },
    { at: time(0), event: 'PlanStarted' },
    { at: time(0), event: 'StageOpened', stage_id: 'canary' },
    { at: time(8), event: 'StagePromoted', stage_id: 'canary' },
    { at: time(8), event: 'StageOpened', stage_id: 'ring' },
  ]
  return {
    kind: 'HistoryReport',
    apiVersion: 'orchestrator.autonomyops.dev/v1',
    metadata: {},
    plan_id: 'agent-2',
    events: [...first, ...events],
  }
}
