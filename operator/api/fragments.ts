import type { ArraySchema, IntOrStringSchema, MapSchema, ObjectSchema, Rule, StringSchema } from './schema.ts'

/** Schema pieces that more than one kind uses. */

/** Kubernetes' label value syntax, empty value excluded. */
export const LABEL_VALUE = '^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$'
const LABEL_VALUE_OR_EMPTY = '^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$'
export const DNS_LABEL = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
/** What reports call a gate: its name, or its kind, which may have an underscore. */
export const GATE_NAME = '^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$'
/** Of one question of a webhook gate: UID of the plan, stage, gate, and when it was asked, in milliseconds since 1970. */
export const EVALUATION =
  '^[A-Za-z0-9-]{1,64}/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?/[0-9]{1,15}$'
/** A label or annotation key, its DNS prefix optional. */
export const QUALIFIED_NAME = '^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$'

/** Explains a DNS label where a person chooses one; the pattern alone says it in regular expressions only. */
export const dnsLabelRule = {
  rule: `self.matches('${DNS_LABEL}')`,
  message: "use at most 63 lower-case letters, digits and '-', the first and last a letter or digit",
} as const satisfies Rule

/** Refuses text of blanks. */
export const wordsRule = { rule: "self.matches('\\\\S')" } as const

const PERCENT_FROM_0 = '^(100|[1-9]?[0-9])%$'
const PERCENT_FROM_1 = '^(100|[1-9][0-9]?)%$'

export function time<const D extends string>(description: D) {
  return { type: 'string', format: 'date-time', maxLength: 64, description } as const satisfies StringSchema
}

export function text<const M extends number>(maxLength: M, description: string) {
  return { type: 'string', maxLength, description } as const satisfies StringSchema
}

/** `5` or `"5%"`; zero allowed. */
export function tolerance<const D extends string>(description: D) {
  return {
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern: PERCENT_FROM_0,
    minimum: 0,
    maximum: 1_000_000,
    maxLength: 4,
    default: 0,
    description,
    'x-kubernetes-validations': [
      {
        rule: `type(self) == int ? self >= 0 : self.matches('${PERCENT_FROM_0}')`,
        message: 'give a count (0 or more) or a whole percentage ("0%" to "100%")',
      },
    ],
  } as const satisfies IntOrStringSchema
}

/** `5` or `"5%"`; at least one. */
export function amount<const D extends string>(description: D) {
  return {
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern: PERCENT_FROM_1,
    minimum: 1,
    maximum: 1_000_000,
    maxLength: 4,
    description,
    'x-kubernetes-validations': [
      {
        rule: `type(self) == int ? self >= 1 : self.matches('${PERCENT_FROM_1}')`,
        message: 'give a count (1 or more) or a whole percentage ("1%" to "100%")',
      },
    ],
  } as const satisfies IntOrStringSchema
}

const labels = {
  type: 'object',
  maxProperties: 32,
  description: 'Labels that must all be present with these values.',
  additionalProperties: { type: 'string', maxLength: 63 },
  'x-kubernetes-validations': [
    {
      rule: `self.all(key, size(key) <= 317 && key.matches('${QUALIFIED_NAME}') && self[key].matches('${LABEL_VALUE_OR_EMPTY}'))`,
      message: 'a key or value here is not a valid label, so it could match nothing',
    },
  ],
} as const satisfies MapSchema

const expressions = {
  type: 'array',
  maxItems: 32,
  description: 'Requirements that must all hold, beside matchLabels.',
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    required: ['key', 'operator'],
    properties: {
      key: { type: 'string', minLength: 1, maxLength: 317, pattern: QUALIFIED_NAME, description: 'The label key.' },
      operator: {
        type: 'string',
        enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
        description: 'How the key relates to the values.',
      },
      values: {
        type: 'array',
        maxItems: 256,
        description: 'Needed for In and NotIn, not allowed for Exists and DoesNotExist.',
        items: { type: 'string', maxLength: 63, pattern: LABEL_VALUE_OR_EMPTY },
        'x-kubernetes-list-type': 'atomic',
      },
    },
    'x-kubernetes-validations': [
      {
        rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
        message: 'In and NotIn need values; Exists and DoesNotExist take none',
      },
    ],
  },
} as const satisfies ArraySchema

/** A label selector as in every Kubernetes API; an empty one selects everything. */
export function selector<const D extends string>(description: D) {
  return {
    type: 'object',
    description,
    'x-kubernetes-map-type': 'atomic',
    properties: { matchLabels: labels, matchExpressions: expressions },
  } as const satisfies ObjectSchema
}

/** Conditions as metav1.Condition has them. */
export const conditions = {
  type: 'array',
  maxItems: 8,
  description: 'The contract for tools: Ready, Reconciling, Stalled (as kstatus reads them) and Stuck.',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
    properties: {
      type: { type: 'string', minLength: 1, maxLength: 64, description: 'Which condition this is.' },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it holds.' },
      reason: {
        type: 'string',
        minLength: 1,
        maxLength: 64,
        pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
        description: 'A CamelCase code from the table in docs/reasons.md.',
      },
      message: text(1024, 'One sentence for a person, with the remedy where there is one.'),
      lastTransitionTime: time('When the status last changed.'),
      observedGeneration: {
        type: 'integer',
        format: 'int64',
        minimum: 0,
        description: 'The metadata.generation that this condition speaks of.',
      },
    },
  },
} as const satisfies ArraySchema
