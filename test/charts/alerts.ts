/** A state of the world in which an alert is to fire, as promtool reads series: a sample a minute. */
export type Case = {
  readonly alert: string
  readonly series: { readonly [series: string]: string }
  /** Minutes at which it is not to fire yet, and at which it is. */
  readonly quiet: number
  readonly fires: number
  /** Of the alert that fires, besides its name. */
  readonly labels: { readonly [label: string]: string }
}

const J = 'job="autonomy-rollouts"'
const A = `${J}, instance="a"`
const B = `${J}, instance="b"`
const stuck = (reason: string, more = A) =>
  `autonomy_rollouts_stuck_plan_seconds{${more}, plan_namespace="fleet", plan="p", reason="${reason}"}`
const silence = (kind: string, more = A) => `autonomy_rollouts_gate_silence_seconds{${more}, kind="${kind}"}`
const named = { plan_namespace: 'fleet', plan: 'p' }
const warning = { severity: 'warning' } as const
const critical = { severity: 'critical' } as const

/** Every alert of the chart, with the values of the chart. */
export const CASES: readonly Case[] = [
  {
    alert: 'AutonomyRolloutStuck',
    // Both replicas tell of it: one alert.
    series: { [stuck('GateFailed')]: '3600+60x20', [stuck('GateFailed', B)]: '3600+60x20' },
    quiet: 4,
    fires: 5,
    labels: { ...named, reason: 'GateFailed', ...warning },
  },
  {
    alert: 'AutonomyRolloutStuckLong',
    series: { [stuck('TooManyFailures')]: '14340+60x20', [stuck('TooManyFailures', B)]: '14340+60x20' },
    quiet: 1,
    fires: 2,
    labels: { ...named, reason: 'TooManyFailures', ...critical },
  },
  {
    alert: 'AutonomyRolloutAwaitsApproval',
    series: { [stuck('AwaitingApproval')]: '_x4 3600+60x20' },
    quiet: 3,
    fires: 5,
    labels: { ...named, severity: 'info' },
  },
  {
    alert: 'AutonomyRolloutGateUnknown',
    // One after the other, each for less than the threshold, and then one for longer.
    series: {
      [silence('metric')]: '0+60x25 0+60x25 0+60x40',
      [silence('metric', B)]: '0+60x25 0+60x25 0+60x40',
      [silence('job')]: '0x90',
    },
    quiet: 82,
    fires: 84,
    labels: { kind: 'metric', ...warning },
  },
  {
    alert: 'AutonomyRolloutRecoveriesRejected',
    series: {
      [`autonomy_rollouts_recoveries_total{${A}, strategy="retry", outcome="rejected", code="plan_not_active"}`]:
        '0x30 1x1 2x1 3x1 4x1 5x1 6x30',
      [`autonomy_rollouts_recoveries_total{${A}, strategy="retry", outcome="accepted", code=""}`]: '0+5x100',
    },
    quiet: 36,
    fires: 45,
    labels: { strategy: 'retry', code: 'plan_not_active', ...warning },
  },
  {
    alert: 'AutonomyRolloutOperatorAbsent',
    series: { [`up{${A}}`]: '1x3 0x20' },
    quiet: 8,
    fires: 10,
    labels: critical,
  },
  {
    alert: 'AutonomyRolloutReplicaDown',
    series: { [`up{${A}}`]: '1x3 0x20', [`up{${B}}`]: '1x30' },
    quiet: 8,
    fires: 10,
    labels: { job: 'autonomy-rollouts', instance: 'a', ...warning },
  },
  {
    alert: 'AutonomyRolloutNoLeader',
    series: {
      [`leader_election_master_status{${A}, name="autonomy-rollouts"}`]: '1x3 0x20',
      [`leader_election_master_status{${B}, name="autonomy-rollouts"}`]: '0x30',
    },
    quiet: 8,
    fires: 10,
    labels: critical,
  },
  {
    alert: 'AutonomyRolloutTwoLeaders',
    series: {
      [`leader_election_master_status{${A}, name="autonomy-rollouts"}`]: '1x30',
      [`leader_election_master_status{${B}, name="autonomy-rollouts"}`]: '0x3 1x20',
    },
    quiet: 5,
    fires: 7,
    labels: critical,
  },
  {
    alert: 'AutonomyRolloutNotReconciling',
    series: {
      [`autonomy_rollouts_last_reconcile_timestamp_seconds{${A}, controller="rolloutplan"}`]: '0+60x5 300x20',
      [`leader_election_master_status{${A}, name="autonomy-rollouts"}`]: '1x30',
      [`cp_rollout_plans_total{${A}, phase="active"}`]: '1x30',
    },
    quiet: 9,
    fires: 11,
    labels: critical,
  },
  {
    alert: 'AutonomyRolloutReconcileErrors',
    series: { [`controller_runtime_reconcile_errors_total{${A}, controller="rolloutplan"}`]: '0x10 50x20' },
    quiet: 14,
    fires: 17,
    labels: { controller: 'rolloutplan', ...warning },
  },
  {
    alert: 'AutonomyRolloutWatchStale',
    series: {
      [`autonomy_rollouts_cache_silence_seconds{${A}, resource="nodes"}`]: '0+60x20',
      [`autonomy_rollouts_cache_silence_seconds{${B}, resource="nodes"}`]: '30x20',
    },
    quiet: 6,
    fires: 7,
    labels: { instance: 'a', resource: 'nodes', ...warning },
  },
  {
    alert: 'AutonomyRolloutCertificateEnds',
    series: {
      // Fourteen days and ten minutes from the beginning, and ten years.
      [`autonomy_rollouts_certificate_expiration_timestamp_seconds{${A}, certificate="serving"}`]: '1210200x60',
      [`autonomy_rollouts_certificate_expiration_timestamp_seconds{${A}, certificate="authority"}`]: '315360000x60',
    },
    quiet: 19,
    fires: 22,
    labels: { certificate: 'serving', ...warning },
  },
  {
    alert: 'AutonomyRolloutRestErrors',
    series: {
      [`cp_http_requests_total{${A}, code="200"}`]: '0+90x40',
      [`cp_http_requests_total{${A}, code="503"}`]: '0+10x40',
    },
    quiet: 9,
    fires: 12,
    labels: warning,
  },
  {
    alert: 'AutonomyRolloutApiErrors',
    series: {
      [`rest_client_requests_total{${A}, code="200"}`]: '0+90x40',
      [`rest_client_requests_total{${A}, code="500"}`]: '0+5x40',
      [`rest_client_requests_total{${A}, code="<error>"}`]: '0+5x40',
    },
    quiet: 9,
    fires: 12,
    labels: warning,
  },
  {
    alert: 'AutonomyRolloutApiThrottled',
    series: {
      [`rest_client_requests_total{${A}, code="200"}`]: '0+90x40',
      [`rest_client_requests_total{${A}, code="429"}`]: '0+10x40',
    },
    quiet: 9,
    fires: 12,
    labels: warning,
  },
]

/** Two replicas for two hours, with which nothing is wrong: a rollout at work, one that has ended, a few errors. */
export const CALM: Case['series'] = Object.fromEntries([
  ...[A, B].flatMap(replica => [
    [`up{${replica}}`, '1x120'],
    [`cp_rollout_plans_total{${replica}, phase="active"}`, '1x120'],
    [`cp_rollout_plans_total{${replica}, phase="completed"}`, '5x120'],
    [`autonomy_rollouts_gate_silence_seconds{${replica}, kind="metric"}`, '0x60 0+60x20 0x40'],
    [`autonomy_rollouts_cache_silence_seconds{${replica}, resource="nodes"}`, '60x120'],
    [`autonomy_rollouts_certificate_expiration_timestamp_seconds{${replica}, certificate="serving"}`, '2592000x120'],
    [`cp_http_requests_total{${replica}, code="200"}`, '0+99x120'],
    [`cp_http_requests_total{${replica}, code="500"}`, '0+1x120'],
    [`rest_client_requests_total{${replica}, code="200"}`, '0+99x120'],
    [`rest_client_requests_total{${replica}, code="429"}`, '0+1x120'],
    [
      `autonomy_rollouts_recoveries_total{${replica}, strategy="retry", outcome="rejected", code="plan_not_active"}`,
      '0x60 1x60',
    ],
  ]),
  [`leader_election_master_status{${A}, name="autonomy-rollouts"}`, '1x120'],
  [`leader_election_master_status{${B}, name="autonomy-rollouts"}`, '0x120'],
  [`autonomy_rollouts_last_reconcile_timestamp_seconds{${A}, controller="rolloutplan"}`, '0+60x120'],
  [`controller_runtime_reconcile_errors_total{${A}, controller="rolloutplan"}`, '0x30 1x90'],
])
