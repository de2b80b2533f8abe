import { DNS_LABEL, EVALUATION, GATE_NAME, conditions, text, time, wordsRule } from './fragments.ts'
import { GATE_STATES } from './gate-state.ts'
import { PLAN_PHASES, STRATEGIES } from './rollout-plan-status.ts'
import type { Infer, ObjectSchema } from './schema.ts'

export const recoverySpec = {
  type: 'object',
  description: 'Who wants what done to which plan, and why. It cannot be changed once created: it is the record.',
  required: ['planName', 'strategy', 'reason'],
  'x-kubernetes-validations': [
    {
      rule: 'self == oldSelf',
      message: 'a recovery cannot be edited, it is the audit record; create another one',
      reason: 'FieldValueForbidden',
    },
    {
      rule: "self.strategy != 'approve' || has(self.stageId)",
      message: 'approve needs stageId: the stage whose manual gate is approved',
    },
    {
      rule: "self.strategy != 'approve' || has(self.operator)",
      message: 'approve needs operator: approvals are counted by person',
    },
    {
      rule: "self.strategy in ['skip_failed', 'gate-report'] || !has(self.gate)",
      message:
        'gate belongs to strategy skip_failed, the one gate of the current stage that is to be passed, or gate-report',
    },
    {
      rule: "self.strategy == 'gate-report' ? has(self.report) : !has(self.report)",
      message: 'report belongs to strategy gate-report, which needs it',
    },
    {
      rule: "self.strategy != 'gate-report' || (has(self.stageId) && has(self.gate) && has(self.report) && self.report.evaluation.contains('/' + self.stageId + '/' + self.gate + '/'))",
      message: 'gate-report needs the stageId and the gate that its evaluation names: <uid>/<stageId>/<gate>/<time>',
    },
  ],
  properties: {
    planName: {
      type: 'string',
      minLength: 1,
      maxLength: 63,
      pattern: '^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$',
      description: 'The RolloutPlan, in the namespace of this recovery.',
    },
    planUid: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      description: 'Precondition: refused with plan_replaced unless the plan has this UID.',
    },
    stageId: {
      type: 'string',
      pattern: DNS_LABEL,
      maxLength: 63,
      description:
        'approve, gate-report: the stage. Otherwise a precondition: refused with stage_not_current unless this stage is the current one.',
    },
    strategy: {
      type: 'string',
      enum: STRATEGIES,
      description:
        'rollback: stop for good, withdraw nodes in flight, leave activated ones running. retry: try failed nodes again; resumes a halted plan with its next stage. skip_failed: promote the current stage past its gates, or pass one gate of it. halt: close the current stage and pause. cancel: discard the plan. pause and resume. approve: one approval for the manual gate. gate-report: the verdict of a service that a webhook gate has asked.',
    },
    gate: {
      type: 'string',
      pattern: GATE_NAME,
      maxLength: 63,
      description:
        'skip_failed: pass this gate of the current stage and no other; the stage goes on waiting for the rest. Absent: promote the stage past all of them. gate-report: the gate that has asked.',
    },
    report: {
      type: 'object',
      description: 'gate-report: the verdict. What there is to say about it is the reason.',
      required: ['evaluation', 'state'],
      properties: {
        evaluation: {
          type: 'string',
          maxLength: 256,
          pattern: EVALUATION,
          description: 'Of the question, as it was asked.',
        },
        state: { type: 'string', enum: GATE_STATES, description: 'The verdict. unknown: it cannot be told.' },
      },
    },
    reason: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      description: 'Why, for whoever reads the record later.',
      'x-kubernetes-validations': [{ ...wordsRule, message: 'say why, in words: the reason is the audit record' }],
    },
    operator: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description: 'The person who asks for this.',
      'x-kubernetes-validations': [{ ...wordsRule, message: 'say who asks: operator is a name, not blanks' }],
    },
  },
} as const satisfies ObjectSchema

/** Refusals, the same through every door. */
export const REFUSALS = [
  'plan_not_found',
  'plan_replaced',
  'plan_already_terminal',
  'plan_not_active',
  'plan_not_paused',
  'no_current_stage',
  'stage_not_current',
  'stage_halted',
  'no_manual_gate',
  'gate_not_found',
  'already_skipped',
  'already_approved',
  'no_callback_gate',
  'evaluation_not_awaited',
  'already_reported',
  'waiting_for_plan',
] as const

export const recoveryStatus = {
  type: 'object',
  description: 'What became of the recovery. Written by the operator process alone.',
  required: ['phase'],
  default: {
    phase: 'Pending',
    conditions: [
      {
        type: 'Reconciling',
        status: 'True',
        reason: 'Pending',
        message: 'not looked at yet: is a rollout operator process running?',
        lastTransitionTime: '1970-01-01T00:00:00Z',
      },
    ],
  },
  'x-kubernetes-validations': [
    {
      rule: "oldSelf.phase == 'Pending' || self == oldSelf",
      message: 'a recovery is judged once, and its verdict stays',
    },
  ],
  properties: {
    phase: {
      type: 'string',
      enum: ['Pending', 'Succeeded', 'Rejected'],
      description: 'Succeeded: it took effect, once. Rejected: it had no effect; code and message say why.',
    },
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description: 'The metadata.generation that this status speaks of.',
    },
    previousPhase: { type: 'string', enum: PLAN_PHASES, description: 'Phase of the plan before.' },
    newPhase: { type: 'string', enum: PLAN_PHASES, description: 'Phase of the plan after.' },
    skippedStageId: text(63, 'skip_failed: the stage that was promoted past its gates.'),
    skippedGate: text(63, 'skip_failed of one gate: the gate that was passed.'),
    nextStageId: text(63, 'skip_failed: the stage that opened.'),
    planUid: text(64, 'The plan that it was judged by; absent when there was none, or when another one was meant.'),
    recoveredAt: time('When it took effect.'),
    code: { type: 'string', enum: REFUSALS, description: 'Why it was rejected.' },
    message: text(1024, 'The outcome, in one sentence.'),
    conditions,
  },
} as const satisfies ObjectSchema

export const rolloutRecovery = {
  type: 'object',
  description:
    'RolloutRecovery asks for one step on a RolloutPlan: retry, skip_failed, rollback, halt, cancel, pause, resume or approve, or brings the report of a gate. It takes effect once, and stays as the record.',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object', properties: {} },
    spec: recoverySpec,
    status: recoveryStatus,
  },
} as const satisfies ObjectSchema

export type RecoverySpec = Infer<typeof recoverySpec>
export type RecoveryStatus = Infer<typeof recoveryStatus>
export type Strategy = RecoverySpec['strategy']
export type RefusalCode = (typeof REFUSALS)[number]
