import { text, time } from './fragments.ts'
import type { Infer, IntegerSchema, ObjectSchema } from './schema.ts'

export const GATE_STATES = ['passed', 'failed', 'unknown'] as const
export const VERDICTS = ['good', 'bad', 'unknown'] as const

function count<const D extends string>(description: D) {
  return { type: 'integer', format: 'int32', minimum: 0, description } as const satisfies IntegerSchema
}

/**
 * What a gate that looks outside has seen, in a few numbers and times: all that a new leader needs to go on, so that a
 * fail-over loses nothing.
 */
const evidence = {
  type: 'object',
  description:
    'What a gate that looks outside has seen. Written when that changes the course of things, otherwise once a minute: the latest reading may be a minute younger.',
  required: ['readAt', 'verdict', 'good', 'bad'],
  properties: {
    readAt: time('When it looked last.'),
    verdict: { type: 'string', enum: VERDICTS, description: 'What that showed. unknown: nothing was learned.' },
    value: text(64, 'The last known value.'),
    threshold: text(128, 'What it must be.'),
    said: text(320, 'What was said besides, and where to read more.'),
    sampledAt: time('Of when the value is, as its source says.'),
    good: count('Good readings in a row, as far as they are counted.'),
    goodSince: time('The first of them.'),
    goodUntil: time('The last of them.'),
    bad: count('Bad readings since the stage opened or was retried, as far as they are counted.'),
    trouble: text(256, 'Why nothing was learned, when it looked last.'),
    troubleSince: time('Since when nothing was learned.'),
    nextAt: time('When it was to look next, as of this record.'),
    askedAt: time('webhook: when the question was asked that is reported on later, instead of answered.'),
    reportBy: time('webhook: until when that report is waited for; absent when it has come.'),
  },
} as const satisfies ObjectSchema

export const gateState = {
  type: 'object',
  required: ['name', 'kind', 'state', 'since'],
  properties: {
    name: text(63, 'Name of the gate, its kind where it has none.'),
    kind: text(63, 'Kind of the gate.'),
    state: { type: 'string', enum: GATE_STATES, description: 'unknown never passes and never counts as failure.' },
    since: time('Since when it has been in this state.'),
    detail: text(512, 'What it saw, in one sentence.'),
    due: time('When it passes by itself if nothing changes; absent when something has to happen first.'),
    dryRun: { type: 'boolean', description: 'It reports, and holds nothing up.' },
    skippedBy: text(256, 'Who had it passed for this stage, by skip_failed.'),
    evidence,
  },
} as const satisfies ObjectSchema

export const skippedGate = {
  type: 'object',
  required: ['gate', 'operator', 'skippedAt', 'recovery'],
  properties: {
    gate: text(63, 'The gate.'),
    operator: text(256, 'Who asked for it.'),
    skippedAt: time('When it took effect.'),
    recovery: text(253, 'The RolloutRecovery that carries it.'),
  },
} as const satisfies ObjectSchema

export type GateState = Infer<typeof gateState>
export type Evidence = Infer<typeof evidence>
export type Verdict = Evidence['verdict']
export type SkippedGate = Infer<typeof skippedGate>
