/** One example of every body, about the same plan on the same morning. */

const API = { apiVersion: 'orchestrator.autonomyops.dev/v1', metadata: {} } as const
const PLAN = 'plan-abc123'

const gates_ = [
  {
    name: 'time_soak',
    kind: 'time_soak',
    state: 'passed',
    passed: true,
    since: '2026-03-18T08:10:00Z',
    detail: 'soak of 10 minutes from 2026-03-18T08:00:00Z to 2026-03-18T08:10:00Z is over',
  },
  {
    name: 'health',
    kind: 'health',
    state: 'failed',
    passed: false,
    since: '2026-03-18T08:15:00Z',
    detail: '17 of 20 activated nodes are healthy, 19 (95 %) must be for 2 minutes',
  },
  {
    name: 'manual',
    kind: 'manual',
    state: 'unknown',
    passed: false,
    since: '2026-03-18T08:00:00Z',
    detail: '0 of 1 approvals',
  },
] as const

export const rollout = {
  ...API,
  kind: 'Rollout',
  metadata: {
    name: PLAN,
    namespace: 'fleet',
    uid: '0b8f3f36-7c1c-4e0e-9d53-3f0b5c2d8c11',
    resourceVersion: '48211',
    creationTimestamp: '2026-03-18T07:00:00Z',
    generation: 1,
  },
  plan_id: PLAN,
  namespace: 'fleet',
  uid: '0b8f3f36-7c1c-4e0e-9d53-3f0b5c2d8c11',
  phase: 'active',
  current_stage_id: 'stage-03',
  artifact_ref: 'oci.example/robot-agent@sha256:0f1e',
  release: '1.4.2',
  progress: '38/60',
  created_at: '2026-03-18T07:00:00Z',
  created_by: 'alice',
  started_at: '2026-03-18T07:00:01Z',
  updated_at: '2026-03-18T08:00:00Z',
  stages: [
    {
      stage_id: 'stage-03',
      phase: 'open',
      opened_at: '2026-03-18T07:40:00Z',
      settled_at: '2026-03-18T08:00:00Z',
      counts: { total: 20, pending: 0, activating: 0, activated: 17, failed: 3, unreachable: 0, gone: 0 },
      gates: gates_,
    },
  ],
  failing_nodes: [
    { name: 'robot-17', stage_id: 'stage-03', reason: 'CrashLoopBackOff', message: 'agent restarted 5 times' },
  ],
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'GateFailed',
      message: 'stage stage-03: gate health (17 of 20 activated nodes are healthy) not passed',
      last_transition_time: '2026-03-18T07:00:00Z',
    },
  ],
} as const

export const cancelled = {
  ...rollout,
  phase: 'cancelled',
  updated_at: '2026-03-18T09:25:00Z',
  completed_at: '2026-03-18T09:25:00Z',
  conditions: [
    {
      type: 'Stalled',
      status: 'True',
      reason: 'Cancelled',
      message: 'the plan was cancelled; create a new one to go on',
      last_transition_time: '2026-03-18T09:25:00Z',
    },
  ],
} as const

export const list = {
  ...API,
  kind: 'RolloutList',
  metadata: { resourceVersion: '48211' },
  plans: [
    {
      plan_id: PLAN,
      phase: 'active',
      current_stage_id: 'stage-03',
      updated_at: '2026-03-18T08:00:00Z',
      artifact_ref: rollout.artifact_ref,
    },
  ],
  items: [rollout],
} as const

export const stuck = {
  ...API,
  kind: 'StuckReport',
  stuck_plans: [
    {
      plan_id: PLAN,
      phase: 'active',
      current_stage_id: 'stage-03',
      stuck_since: '2026-03-18T08:00:00Z',
      stuck_reason: 'health gate has not passed for 45 minutes',
    },
  ],
} as const

export const create = {
  plan_id: PLAN,
  artifact_ref: rollout.artifact_ref,
  release: '1.4.2',
  fleet: { selector: { match_labels: { fleet: 'robots' } } },
  activation: { confirm: { kind: 'ready', min_ready_seconds: 10 }, timeout_seconds: 600 },
  stuck_after_seconds: 3600,
  stages: [
    {
      id: 'stage-01',
      nodes: { selector: { match_labels: { ring: 'canary' } }, limit: '5%' },
      batch_size: '10%',
      gates: [
        { kind: 'time_soak', seconds: 600 },
        { kind: 'manual', approvals: 1 },
      ],
    },
    { id: 'stage-02', nodes: {}, batch_size: '25%', max_failures: 2 },
  ],
} as const

export const recover = {
  strategy: 'skip_failed',
  reason: 'stage-03 gate is not critical; the release was validated by other means',
  stage_id: 'stage-03',
} as const

export const reason = { reason: 'looking into an anomaly of the telemetry' } as const

export const remove = { reason: 'the release was withdrawn before it reached anybody' } as const

export const recovery = {
  ...API,
  kind: 'Recovery',
  metadata: { name: 'plan-abc123-skip-failed-9f31c07a2e', namespace: 'fleet' },
  plan_id: PLAN,
  strategy: 'skip_failed',
  previous_phase: 'active',
  new_phase: 'active',
  skipped_stage_id: 'stage-03',
  next_stage_id: 'stage-04',
  reason: recover.reason,
  recovered_at: '2026-03-18T09:25:00Z',
  recovery: 'plan-abc123-skip-failed-9f31c07a2e',
} as const

const ACTED = {
  halt: { from: 'active', to: 'paused', recovery: 'plan-abc123-halt-77c0e1d2f4' },
  pause: { from: 'active', to: 'paused', recovery: 'plan-abc123-pause-3be8a90c15' },
  resume: { from: 'paused', to: 'active', recovery: 'plan-abc123-resume-c4d1927f60' },
} as const

/** What an action of its own path answers: stages are named by skip_failed alone. */
export function acted(strategy: keyof typeof ACTED) {
  const { from, to, recovery: name } = ACTED[strategy]
  return {
    ...API,
    kind: 'Recovery',
    metadata: { name, namespace: 'fleet' },
    plan_id: PLAN,
    strategy,
    previous_phase: from,
    new_phase: to,
    reason: reason.reason,
    recovered_at: '2026-03-18T09:25:00Z',
    recovery: name,
  } as const
}

export const report = {
  evaluation: '0b9c4f1e-5d0e-4c7e-9a55-3f2f6f0f7c11/stage-03/load/1773821400000',
  state: 'passed',
  detail: '12000 requests, p99 180 ms',
} as const

export const reported = {
  ...API,
  kind: 'Recovery',
  metadata: { name: 'plan-abc123-gate-report-e2a94b07d1', namespace: 'fleet' },
  plan_id: PLAN,
  strategy: 'gate-report',
  previous_phase: 'active',
  new_phase: 'active',
  reason: report.detail,
  recovered_at: '2026-03-18T09:25:00Z',
  recovery: 'plan-abc123-gate-report-e2a94b07d1',
} as const

export const gates = {
  ...API,
  kind: 'GateReport',
  stage_phase: 'open',
  gates: gates_,
  manual_approved: false,
  all_passed: false,
} as const

export const approval = {
  ...API,
  kind: 'Approval',
  plan_id: PLAN,
  stage_id: 'stage-03',
  gate: 'manual',
  approved: true,
  promoted: true,
  message: 'stage stage-03 is promoted',
  operator: 'alice',
  recovery: 'plan-abc123-approve-51d0e8b7c3',
  recovered_at: '2026-03-18T09:25:00Z',
} as const

export const nodes = {
  ...API,
  kind: 'NodeReport',
  plan_id: PLAN,
  nodes: [
    { node: 'robot-01', uid: '5f0c', stage_id: 'stage-03', state: 'activated', since: '2026-03-18T07:45:10Z' },
    {
      node: 'robot-17',
      uid: '7d2a',
      stage_id: 'stage-03',
      state: 'failed',
      reason: 'CrashLoopBackOff',
      message: 'agent restarted 5 times',
    },
  ],
} as const

export const history = {
  ...API,
  kind: 'HistoryReport',
  plan_id: PLAN,
  events: [
    { at: '2026-03-18T07:00:00Z', event: 'PlanCreated', operator: 'alice', door: 'apply' },
    { at: '2026-03-18T07:40:00Z', event: 'StageOpened', stage_id: 'stage-03' },
    {
      at: '2026-03-18T09:20:00Z',
      event: 'Recovered',
      strategy: 'retry',
      operator: 'bob',
      claimed_operator: 'night-shift',
      door: 'aggregated',
      recovery: 'plan-abc123-retry-0a4b7d91ee',
      outcome: 'succeeded',
      message: 'telemetry gap resolved',
      audit_id: '2c7c3d0e-6f0b-4d6c-8f0e-5a2f1f0d9b77',
    },
  ],
} as const
