import { plan } from './object.ts'

/** The longest of everything: what the rules and the store have to bear. */

const list = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index))

/** Unique, of exactly this length, and fit for a name, a label or an id. */
const long = (length: number, index = 0) => `${'x'.repeat(length - 4)}${String(index).padStart(4, '0')}`

const TIME = '2026-03-18T09:15:00Z'
const NAME = 63
const STAGES = 32
const NODES = 50_000

const bitmap = (count: number) => Buffer.alloc(Math.ceil(count / 8), 255).toString('base64')

function gates() {
  const named = (index: number) => ({ name: long(NAME, index) })
  const health = list(6, index => ({ ...named(index), kind: 'health', minPercent: 100, forSeconds: 2_592_000 }))
  const metric = {
    ...named(6),
    kind: 'metric',
    intervalSeconds: 86_400,
    forSeconds: 2_592_000,
    consecutive: 1000,
    failureLimit: 1000,
    metric: {
      provider: { address: `https://${'a'.repeat(504)}`, credentialsSecret: 's'.repeat(253), timeoutSeconds: 60 },
      query: 'q'.repeat(4096),
      condition: { lt: 1e300, le: 1e300, gt: -1e300, ge: -1e300 },
      windowSeconds: 2_592_000,
    },
  }
  return [...health, metric, { ...named(7), kind: 'manual', approvals: 10 }]
}

/** As many labels and expressions as are allowed; their keys and values are fewer and shorter, so that it fits the store. */
function selector(valuesEach: number) {
  return {
    matchLabels: Object.fromEntries(list(32, index => [`${long(100, index)}/${long(NAME)}`, long(NAME)])),
    matchExpressions: list(32, index => ({
      key: `${long(100, index)}/${long(NAME)}`,
      operator: 'In',
      values: list(valuesEach, value => long(NAME, value)),
    })),
  }
}

/** 32 stages with 8 gates each, every selector with 32 labels and 32 expressions; about 850 KB. */
export function largestPlan() {
  return plan(long(NAME), {
    artifactRef: 'a'.repeat(1024),
    release: long(NAME),
    fleet: { selector: selector(32) },
    activation: {
      label: `fleet.autonomyops.dev/${long(46)}`,
      confirm: { kind: 'pod', namespace: long(NAME), selector: selector(32), minReadySeconds: 86_400 },
      timeoutSeconds: 604_800,
    },
    stuckAfterSeconds: 2_592_000,
    stages: list(STAGES, index => ({
      id: long(NAME, index),
      nodes: { selector: selector(1), limit: '100%' },
      allowEmpty: true,
      batchSize: '100%',
      maxFailures: '100%',
      maxUnreachable: '100%',
      gates: gates(),
    })),
  })
}

/** Stages of which every gate looks outside and is skipped. Were all so, the store would take no such object. */
const OUTSIDE = 4

const evidence = {
  readAt: TIME,
  verdict: 'unknown',
  value: long(64),
  threshold: long(128),
  said: long(320),
  sampledAt: TIME,
  good: 1000,
  goodSince: TIME,
  goodUntil: TIME,
  bad: 1001,
  trouble: long(256),
  troubleSince: TIME,
  nextAt: TIME,
  askedAt: TIME,
  reportBy: TIME,
}

const skippedGate = (gate: number) => ({
  gate: long(NAME, gate),
  operator: long(256, gate),
  skippedAt: TIME,
  recovery: long(253, gate),
})

function stageStatus(index: number) {
  const count = Math.ceil(NODES / STAGES)
  return {
    id: long(NAME, index),
    phase: 'open',
    skipped: true,
    openedAt: TIME,
    settledAt: TIME,
    closedAt: TIME,
    attempt: 2_147_483_647,
    members: { count, digest: long(64) },
    released: count,
    confirmed: bitmap(count),
    retried: bitmap(count),
    counts: { total: count, pending: 0, activating: 0, activated: count, failed: 0, unreachable: 0, gone: 0 },
    gates: list(8, gate => ({
      name: long(NAME, gate),
      kind: 'metric',
      state: 'unknown',
      since: TIME,
      detail: long(512),
      ...(index < OUTSIDE ? { dryRun: true, skippedBy: long(256), evidence } : {}),
    })),
    retriedAt: TIME,
    ...(index < OUTSIDE ? { skippedGates: list(8, skippedGate) } : {}),
    approvals: list(10, person => ({ operator: long(512, person), approvedAt: TIME, recovery: long(253, person) })),
  }
}

/**
 * Every list full and every text as long as it may be, for 50,000 nodes; about 500 KB.
 * The operator keeps a status far below (operator/rollout/size.ts); this is what the schema lets pass.
 */
export function largestStatus() {
  return {
    phase: 'active',
    observedGeneration: Number.MAX_SAFE_INTEGER,
    currentStageId: long(NAME),
    progress: long(32),
    startedAt: TIME,
    updatedAt: TIME,
    completedAt: TIME,
    waitingFor: long(317),
    unassigned: NODES,
    stages: list(STAGES, stageStatus),
    failingNodes: list(20, index => ({
      name: long(253, index),
      stage: long(NAME),
      reason: long(64),
      message: long(256),
    })),
    history: list(20, index => ({
      at: TIME,
      event: long(64, index),
      stage: long(NAME),
      strategy: 'skip_failed',
      operator: long(256),
      recovery: long(253),
      message: long(256),
    })),
    lastRecovery: {
      uid: long(64),
      name: long(253),
      strategy: 'skip_failed',
      previousPhase: 'active',
      newPhase: 'active',
      skippedStageId: long(NAME),
      skippedGate: long(NAME),
      nextStageId: long(NAME),
      recoveredAt: TIME,
    },
    truncated: true,
    conditions: list(8, index => ({
      type: long(64, index),
      status: 'False',
      reason: long(64),
      message: long(1024),
      lastTransitionTime: TIME,
      observedGeneration: Number.MAX_SAFE_INTEGER,
    })),
  }
}
