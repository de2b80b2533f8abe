import { DNS_LABEL, wordsRule } from './fragments.ts'
import type { NumberSchema, ObjectSchema, Rule } from './schema.ts'

/** What a query may name, each written `{{name}}` within quotes. */
export const QUERY_VARIABLES = ['nodes', 'release', 'namespace', 'plan', 'stage'] as const

/** Nothing between doubled braces but a known name. */
const ONLY_VARIABLES = `^([^{]|\\{[^{]|\\{\\{(${QUERY_VARIABLES.join('|')})\\}\\})*$`

const variablesRule = {
  rule: `self.matches('${ONLY_VARIABLES.replaceAll('\\', '\\\\')}')`,
  message: `a query may name ${QUERY_VARIABLES.map(name => `{{${name}}}`).join(', ')}, each within quotes, and no other variable`,
} as const satisfies Rule

function query<const D extends string>(description: D) {
  return {
    type: 'string',
    minLength: 1,
    maxLength: 4096,
    description,
    'x-kubernetes-validations': [
      { ...wordsRule, message: 'give a PromQL expression, which yields one number' },
      variablesRule,
    ],
  } as const
}

function bound<const D extends string>(description: D) {
  return { type: 'number', format: 'double', description } as const satisfies NumberSchema
}

const provider = {
  type: 'object',
  description:
    'The server that is asked: Prometheus, or any with its HTTP API. Asked from the operator, never from a node.',
  properties: {
    address: {
      type: 'string',
      minLength: 1,
      maxLength: 512,
      pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
      description:
        'Its base address, a path included where there is one: https://prometheus.example:9090. Loopback, link-local and metadata addresses are refused, redirects are not followed.',
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^https?://[^\\\\s/?#@]+(/[^\\\\s?#]*)?$')",
          message: 'give an http or https address without user, password, query or fragment',
        },
      ],
    },
    service: {
      type: 'object',
      description: 'A Service instead of an address: asked as <name>.<namespace>.svc.',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          minLength: 1,
          maxLength: 63,
          pattern: DNS_LABEL,
          description: 'Name of the Service.',
        },
        namespace: {
          type: 'string',
          minLength: 1,
          maxLength: 63,
          pattern: DNS_LABEL,
          description: 'Its namespace. Default: that of the plan.',
        },
        port: {
          type: 'integer',
          format: 'int32',
          minimum: 1,
          maximum: 65_535,
          default: 9090,
          description: 'Its port.',
        },
        scheme: { type: 'string', enum: ['http', 'https'], default: 'http', description: 'How it is spoken to.' },
      },
    },
    credentialsSecret: {
      type: 'string',
      minLength: 1,
      maxLength: 253,
      pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
      description:
        'A Secret in the namespace of the plan, of type fleet.autonomyops.dev/gate-credentials, that says in annotation fleet.autonomyops.dev/gate-hosts to which hosts it may be shown. Keys that it may have: token; username and password; tls.crt and tls.key; ca.crt. For https only.',
    },
    timeoutSeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 60,
      default: 10,
      description: 'Seconds after which an answer that has not come is none.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: 'has(self.address) != has(self.service)',
      message: 'a provider has an address or a service, and not both',
    },
    {
      rule: "!has(self.credentialsSecret) || (has(self.address) ? self.address.startsWith('https://') : has(self.service) && has(self.service.scheme) && self.service.scheme == 'https')",
      message: 'credentials are shown over https only',
    },
  ],
} as const satisfies ObjectSchema

const condition = {
  type: 'object',
  description: 'What the number must be; all that is given must hold.',
  properties: {
    lt: bound('Less than this.'),
    le: bound('At most this.'),
    gt: bound('Greater than this.'),
    ge: bound('At least this.'),
    eq: bound('Exactly this.'),
  },
  'x-kubernetes-validations': [
    {
      rule: 'has(self.lt) || has(self.le) || has(self.gt) || has(self.ge) || has(self.eq)',
      message: 'a condition needs a bound: lt, le, gt, ge or eq, with a number',
    },
  ],
} as const satisfies ObjectSchema

const baseline = {
  type: 'object',
  description:
    'What the number is compared with, instead of being held against the condition by itself: the rest of the fleet, or the time before.',
  required: ['at', 'by'],
  properties: {
    at: {
      type: 'string',
      enum: ['now', 'opening'],
      description:
        'now: what another query yields now, for instance of nodes that are not of this stage (node!~"{{nodes}}"). opening: what the query yielded when the stage opened.',
    },
    query: query('PromQL of the baseline. at opening: default the query of the gate.'),
    by: {
      type: 'string',
      enum: ['ratio', 'difference'],
      description:
        'ratio: the condition is about value / baseline; to a baseline of 0 there is none, and the answer is unknown. difference: about value - baseline.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.at != 'now' || has(self.query)",
      message: 'a baseline at now needs a query of its own, such as that of nodes which are not of this stage',
    },
  ],
} as const satisfies ObjectSchema

/** What a gate of kind metric asks a Prometheus, and what it makes of the answer. */
export const metric = {
  type: 'object',
  description: 'metric: what to ask a Prometheus, and what the answer must be.',
  required: ['provider', 'query', 'condition'],
  properties: {
    provider,
    query: query(
      'PromQL that yields one number. {{nodes}} stands for the names of the nodes of the stage that were told, as alternatives of a regular expression (node=~"{{nodes}}"); {{release}}, {{namespace}}, {{plan}} and {{stage}} for what they say. All of them within quotes.',
    ),
    condition,
    baseline,
    minimum: {
      type: 'object',
      description:
        'How much evidence there must be: while this query yields less, or nothing, the answer is unknown, whatever the number is.',
      required: ['query', 'value'],
      properties: {
        query: query('PromQL of the amount, such as the requests in the window.'),
        value: bound('The least amount.'),
      },
    },
    windowSeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 0,
      maximum: 2_592_000,
      description:
        'How far back the query looks, in seconds: a reading counts only when all of that lies after the opening of the stage, and after its settling if it speaks for it. Default: the longest range in the query, so [5m] is 300.',
    },
  },
} as const satisfies ObjectSchema
