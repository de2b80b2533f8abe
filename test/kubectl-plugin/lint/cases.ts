/** Specs of plans, each wrong in one way, with the field where a person has to look. The cluster suite holds the API server to them. */

type Spec = { readonly [field: string]: unknown }

export const STAGES = [
  { id: 'canary', nodes: { limit: 1 }, gates: [{ kind: 'time_soak', seconds: 60 }] },
  { id: 'everyone', nodes: {} },
] as const

export const GOOD: Spec = {
  artifactRef: 'oci.example/agent:2',
  fleet: { selector: { matchLabels: { fleet: 'robots' } } },
  stages: STAGES,
}

const WEBHOOK = { address: 'https://a.example/checks', signingSecret: 's' }
const gates = (...all: readonly object[]): Spec => ({ ...GOOD, stages: [{ ...STAGES[0], gates: all }, STAGES[1]] })
const stage = (more: object): Spec => ({ ...GOOD, stages: [{ ...STAGES[0], ...more }, STAGES[1]] })
const confirm = (more: object): Spec => ({ ...GOOD, activation: { confirm: more } })

const METRIC = 'spec.stages[0].gates[0].metric'
const metric = (more: object): Spec =>
  gates({
    kind: 'metric',
    metric: { provider: { address: 'https://a.example' }, query: 'up', condition: { lt: 1 }, ...more },
  })

export const WRONG: readonly (readonly [what: string, spec: Spec, field: string, says: string])[] = [
  ['no stages', { ...GOOD, stages: [] }, 'spec.stages', 'must NOT have fewer than 1 items'],
  ['no artifact', { stages: STAGES }, 'spec.artifactRef', 'is missing'],
  ['an unknown field', { ...GOOD, artefactRef: 'x' }, 'spec.artefactRef', 'did you mean artifactRef?'],
  ['an unknown field below', stage({ batchSiz: 3 }), 'spec.stages[0].batchSiz', 'did you mean batchSize?'],
  ['snake_case', stage({ batch_size: 3 }), 'spec.stages[0].batch_size', 'did you mean batchSize?'],
  ['a stage in capitals', stage({ id: 'Canary' }), 'spec.stages[0].id', 'lower-case letters'],
  ['two stages of one name', { ...GOOD, stages: [STAGES[1], STAGES[1]] }, 'spec.stages[1].id', 'each needs its own'],
  ['a limit of nothing', stage({ nodes: { limit: '0%' } }), 'spec.stages[0].nodes.limit', 'a count (1 or more)'],
  ['a limit of 0', stage({ nodes: { limit: 0 } }), 'spec.stages[0].nodes.limit', 'a count (1 or more)'],
  ['more than everything', stage({ maxFailures: '101%' }), 'spec.stages[0].maxFailures', 'whole percentage'],
  ['a word for a number', stage({ batchSize: 'many' }), 'spec.stages[0].batchSize', 'whole percentage'],
  ['a kind of gate nobody knows', gates({ kind: 'canary' }), 'spec.stages[0].gates[0].kind', 'must be one of'],
  ['a soak without seconds', gates({ kind: 'time_soak' }), 'spec.stages[0].gates[0]', 'seconds belongs to'],
  ['seconds of a manual gate', gates({ kind: 'manual', seconds: 3 }), 'spec.stages[0].gates[0]', 'seconds belongs to'],
  ['a health gate without a share', gates({ kind: 'health' }), 'spec.stages[0].gates[0]', 'minPercent belongs to'],
  [
    'forSeconds of a soak',
    gates({ kind: 'time_soak', seconds: 1, forSeconds: 1 }),
    'spec.stages[0].gates[0]',
    'forSeconds belongs to',
  ],
  [
    'approvals of a soak',
    gates({ kind: 'time_soak', seconds: 1, approvals: 1 }),
    'spec.stages[0].gates[0]',
    'approvals belongs to',
  ],
  [
    'two gates of one name',
    gates({ kind: 'manual', name: 'a' }, { kind: 'time_soak', seconds: 1, name: 'a' }),
    'spec.stages[0].gates',
    'need different names',
  ],
  [
    'two manual gates',
    gates({ kind: 'manual', name: 'a' }, { kind: 'manual', name: 'b' }),
    'spec.stages[0].gates',
    'at most one manual gate',
  ],
  ['a job gate without a job', gates({ kind: 'job' }), 'spec.stages[0].gates[0]', 'job belongs to'],
  ['a metric gate without a metric', gates({ kind: 'metric' }), 'spec.stages[0].gates[0]', 'metric belongs to'],
  [
    'an interval of a soak',
    gates({ kind: 'time_soak', seconds: 1, intervalSeconds: 1 }),
    'spec.stages[0].gates[0]',
    'belong to a gate of kind metric',
  ],
  ['no provider to ask', metric({ provider: {} }), `${METRIC}.provider`, 'has an address or a service'],
  [
    'credentials for everybody on the way',
    metric({ provider: { address: 'http://a.example', credentialsSecret: 's' } }),
    `${METRIC}.provider`,
    'over https only',
  ],
  [
    'a password in an address',
    metric({ provider: { address: 'https://a:b@c.example' } }),
    `${METRIC}.provider.address`,
    'without user, password',
  ],
  ['a condition without a bound', metric({ condition: {} }), `${METRIC}.condition`, 'needs a bound'],
  ['a variable that nobody knows', metric({ query: 'up{a="{{node}}"}' }), `${METRIC}.query`, 'no other variable'],
  [
    'a baseline without a query',
    metric({ baseline: { at: 'now', by: 'ratio' } }),
    `${METRIC}.baseline`,
    'needs a query of its own',
  ],
  ['a release that is no label value', { ...GOOD, release: 'v1/2' }, 'spec.release', 'becomes a label value'],
  [
    'a label of others',
    { ...GOOD, activation: { label: 'example.com/release' } },
    'spec.activation.label',
    'must lie under fleet.autonomyops.dev/',
  ],
  ['pods without a selector', confirm({ kind: 'pod' }), 'spec.activation.confirm', 'needs both'],
  [
    'an empty selector of pods',
    confirm({ kind: 'pod', namespace: 'x', selector: {} }),
    'spec.activation.confirm',
    'must name at least one label',
  ],
  [
    'minReadySeconds of an annotation',
    confirm({ kind: 'annotation', minReadySeconds: 3 }),
    'spec.activation.confirm',
    'minReadySeconds belongs to',
  ],
  [
    'an annotation of ready',
    confirm({ kind: 'ready', annotation: 'a' }),
    'spec.activation.confirm',
    'annotation belongs to',
  ],
  [
    'a label that cannot be',
    { ...GOOD, fleet: { selector: { matchLabels: { 'bad key!': 'x' } } } },
    'spec.fleet.selector.matchLabels',
    'is not a valid label',
  ],
  [
    'In without values',
    { ...GOOD, fleet: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
    'spec.fleet.selector.matchExpressions[0]',
    'need values',
  ],
  [
    'Exists with values',
    { ...GOOD, fleet: { selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] } } },
    'spec.fleet.selector.matchExpressions[0]',
    'take none',
  ],
  ['a webhook gate without a webhook', gates({ kind: 'webhook' }), 'spec.stages[0].gates[0]', 'webhook belongs to'],
  [
    'a webhook of a soak',
    gates({ kind: 'time_soak', seconds: 1, webhook: WEBHOOK }),
    'spec.stages[0].gates[0]',
    'webhook belongs to',
  ],
  [
    'a webhook that nobody is asked by',
    gates({ kind: 'webhook', webhook: { signingSecret: 's' } }),
    'spec.stages[0].gates[0].webhook',
    'an address or a service, and not both',
  ],
  [
    'a webhook without a key',
    gates({ kind: 'webhook', webhook: { address: WEBHOOK.address } }),
    'spec.stages[0].gates[0].webhook.signingSecret',
    'is missing',
  ],
  [
    'a webhook over http',
    gates({ kind: 'webhook', webhook: { ...WEBHOOK, address: 'http://a.example' } }),
    'spec.stages[0].gates[0].webhook.address',
    'give an https address',
  ],
]
