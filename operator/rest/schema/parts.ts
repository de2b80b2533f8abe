import { text, time } from '../../api/fragments.ts'
import { GATE_STATES, VERDICTS } from '../../api/gate-state.ts'
import type { IntegerSchema, ObjectSchema, Schema, StringSchema } from '../../api/schema.ts'

/** Schema pieces that more than one body uses. */

export function whole<const D extends string>(description: D) {
  return { type: 'integer', format: 'int64', minimum: 0, description } as const satisfies IntegerSchema
}

export function word<const W extends readonly string[]>(words: W, description: string) {
  return { type: 'string', enum: words, description } as const satisfies StringSchema
}

export const kind = text(64, 'What this object is.')
export const apiVersion = text(64, 'orchestrator.autonomyops.dev/v1.')
export const planId = text(253, 'The plan: the name of its RolloutPlan.')
export const stageId = text(63, 'The stage.')

/** Within brackets: control characters but tabs and line breaks, none of which a body may have anywhere. */
const CONTROLS = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f'

const TEXT = `^[^${CONTROLS}]*$` as const
const REASON = `^[^${CONTROLS}]*[^\\s${CONTROLS}][^${CONTROLS}]*$` as const

export const reason = {
  type: 'string',
  minLength: 1,
  maxLength: 1024,
  pattern: REASON,
  description: 'Why, in words, for whoever reads the record later.',
} as const satisfies StringSchema

/** The schema, saying of every free text in it that it has no control characters. */
export function legible<S extends Schema>(schema: S): S {
  return legibleSchema(schema) as S
}

function legibleSchema(schema: Schema): Schema {
  if (!('type' in schema)) return schema
  switch (schema.type) {
    case 'string':
      return legibleText(schema)
    case 'array':
      return { ...schema, items: legibleSchema(schema.items) }
    case 'object': {
      if (!('properties' in schema))
        return { ...schema, additionalProperties: legibleText(schema.additionalProperties) }
      const properties = Object.entries(schema.properties).map(([name, inner]) => [name, legibleSchema(inner)])
      return { ...schema, properties: Object.fromEntries(properties) }
    }
    default:
      return schema
  }
}

function legibleText(schema: StringSchema): StringSchema {
  return 'pattern' in schema || 'enum' in schema ? schema : { ...schema, pattern: TEXT }
}

/** What a pattern asks for, in words, where the pattern itself says it badly. */
export function inWords(pattern: unknown): string | undefined {
  if (pattern === REASON) return 'must say something, without control characters'
  return pattern === TEXT ? 'must have no control characters' : undefined
}

export const listMetadata = {
  type: 'object',
  description: 'Of the answer.',
  properties: {
    resourceVersion: text(64, 'The version this was read at.'),
    continue: text(512, 'Give it back to get the next page; absent on the last one.'),
    remainingItemCount: whole('How many items follow after this page.'),
  },
} as const satisfies ObjectSchema

const evidence = {
  type: 'object',
  description: 'What a gate that looks outside has seen; a minute old at most.',
  required: ['read_at', 'verdict', 'good', 'bad'],
  properties: {
    read_at: time('When it looked last.'),
    verdict: word(VERDICTS, 'What that showed. unknown: nothing was learned.'),
    value: text(64, 'The last known value.'),
    threshold: text(128, 'What it must be.'),
    said: text(320, 'What was said besides, and where to read more.'),
    sampled_at: time('Of when the value is, as its source says.'),
    good: whole('Good readings in a row, as far as they are counted.'),
    good_since: time('The first of them.'),
    good_until: time('The last of them.'),
    bad: whole('Bad readings since the stage opened or was retried, as far as they are counted.'),
    trouble: text(256, 'Why nothing was learned, when it looked last.'),
    trouble_since: time('Since when nothing was learned.'),
    next_at: time('When it was to look next, as of this record.'),
    asked_at: time('webhook: when the question was asked that is reported on later, instead of answered.'),
    report_by: time('webhook: until when that report is waited for; absent when it has come.'),
  },
} as const satisfies ObjectSchema

export const gateRow = {
  type: 'object',
  required: ['name', 'kind', 'state', 'passed', 'detail'],
  properties: {
    name: text(63, 'Name of the gate.'),
    kind: text(63, 'time_soak, health, manual or metric.'),
    state: word(GATE_STATES, 'unknown never passes and never counts as failure.'),
    passed: { type: 'boolean', description: 'Whether the state is passed.' },
    since: time('Since when it has been in this state; absent when it was never asked.'),
    detail: text(512, 'What it saw, in one sentence.'),
    dry_run: { type: 'boolean', description: 'It reports, and holds nothing up.' },
    skipped_by: text(256, 'Who had it passed for this stage, by skip_failed.'),
    evaluation: text(256, 'Of the question that a report is waited for.'),
    evidence,
  },
} as const satisfies ObjectSchema
