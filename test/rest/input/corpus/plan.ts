import { CREATE, type Case } from './case.ts'

const STAGE = { id: 'a', nodes: {} }
const PLAN = { plan_id: 'new', artifact_ref: 'oci.example/a:1', stages: [STAGE] }
const wrong = { method: 'POST', path: CREATE, status: 422, error: 'invalid_request' } as const

const stage = (fields: object) => ({ ...PLAN, stages: [{ ...STAGE, ...fields }] })
const second = (fields: object) => ({ ...PLAN, stages: [STAGE, { ...STAGE, id: 'b', ...fields }] })
const gate = (...gates: readonly object[]) => stage({ gates })
const labels = (match_labels: unknown) => ({ ...PLAN, fleet: { selector: { match_labels } } })
const expression = (of: object) => ({ ...PLAN, fleet: { selector: { match_expressions: [of] } } })

const FIELDS: readonly (readonly [title: string, body: unknown, says: RegExp])[] = [
  ['nothing', {}, /plan_id is missing.*artifact_ref is missing.*stages is missing/],
  ['no name', { ...PLAN, plan_id: undefined }, /^plan_id is missing$/],
  ['the name ""', { ...PLAN, plan_id: '' }, /plan_id must/],
  ['the name "Plan"', { ...PLAN, plan_id: 'Plan' }, /^plan_id must match pattern/],
  ['the name "-a"', { ...PLAN, plan_id: '-a' }, /^plan_id must match pattern/],
  ['the name "a/b"', { ...PLAN, plan_id: 'a/b' }, /^plan_id must match pattern/],
  ['the name "a..b"', { ...PLAN, plan_id: 'a..b' }, /plan_id: /],
  ['the name "stuck"', { ...PLAN, plan_id: 'stuck' }, /plan_id: .*taken by the stuck report/],
  ['a name of 64 characters', { ...PLAN, plan_id: 'a'.repeat(64) }, /plan_id must NOT have more than 63 characters/],
  ['a number for a name', { ...PLAN, plan_id: 7 }, /^plan_id must be string$/],
  ['no artifact', { ...PLAN, artifact_ref: undefined }, /^artifact_ref is missing$/],
  ['the artifact ""', { ...PLAN, artifact_ref: '' }, /^artifact_ref must NOT have fewer than 1 characters/],
  ['artifactRef', { ...PLAN, artifactRef: 'x' }, /^artifactRef is not known; did you mean artifact_ref\?$/],
  ['a long artifact', { ...PLAN, artifact_ref: 'x'.repeat(1_025) }, /artifact_ref must NOT have more than 1024/],
  ['the release "-x"', { ...PLAN, release: '-x' }, /^release must match pattern/],
  ['a status', { ...PLAN, status: { phase: 'completed' } }, /^status is not known; known here: plan_id, artifact_ref/],
  ['a phase', { ...PLAN, phase: 'completed' }, /^phase is not known/],
  [
    'a whole object',
    { ...PLAN, apiVersion: 'v1', kind: 'RolloutPlan', spec: {} },
    /apiVersion is not known.*spec is not/,
  ],
  ['stages that are none', { ...PLAN, stages: 'all' }, /^stages must be array$/],
  ['no stages', { ...PLAN, stages: [] }, /^stages must NOT have fewer than 1 items$/],
  ['33 stages', { ...PLAN, stages: Array.from({ length: 33 }, (_, id) => ({ id: `s${id}`, nodes: {} })) }, /32 items/],
  ['an empty stage', { ...PLAN, stages: [{}] }, /stages\[0\]\.id is missing.*stages\[0\]\.nodes is missing/],
  ['a stage that is null', { ...PLAN, stages: [STAGE, null] }, /^stages\[1\] must be object$/],
  ['two stages of one id', { ...PLAN, stages: [STAGE, STAGE] }, /stages\[1\]: Duplicate value/],
  ['batchSize', second({ batchSize: 1 }), /^stages\[1\]\.batchSize is not known; did you mean batch_size\?$/],
  ['max_failure', second({ max_failure: 1 }), /^stages\[1\]\.max_failure is not known; did you mean max_failures\?$/],
  ['batch_size 0', stage({ batch_size: 0 }), /^stages\[0\]\.batch_size must be >= 1$/],
  ['batch_size 1.5', stage({ batch_size: 1.5 }), /stages\[0\]\.batch_size must be integer,string/],
  ['batch_size "0%"', stage({ batch_size: '0%' }), /stages\[0\]\.batch_size must match pattern/],
  ['batch_size "101%"', stage({ batch_size: '101%' }), /stages\[0\]\.batch_size must match pattern/],
  ['batch_size true', stage({ batch_size: true }), /stages\[0\]\.batch_size must be integer,string/],
  ['max_failures -1', stage({ max_failures: -1 }), /stages\[0\]\.max_failures must be >= 0/],
  ['max_failures beyond bounds', stage({ max_failures: 1_000_001 }), /max_failures must be <= 1000000/],
  ['allow_empty "yes"', stage({ allow_empty: 'yes' }), /stages\[0\]\.allow_empty must be boolean/],
  ['nodes that are a list', stage({ nodes: [] }), /stages\[0\]\.nodes must be object/],
  ['limit beside nodes', stage({ limit: 1 }), /^stages\[0\]\.limit is not known/],
  ['a gate of no kind', gate({}), /^stages\[0\]\.gates\[0\]\.kind is missing$/],
  ['a gate of another kind', gate({ kind: 'soak' }), /gates\[0\]\.kind must be one of time_soak, health, manual/],
  [
    'min_percents',
    gate({ kind: 'health', min_percents: 95 }),
    /gates\[0\]\.min_percents is not known; did you mean min_percent\?/,
  ],
  ['min_percent 101', gate({ kind: 'health', min_percent: 101 }), /gates\[0\]\.min_percent must be <= 100/],
  ['a health gate without a share', gate({ kind: 'health' }), /stages\[0\]\.gates\[0\]: .*min_?[pP]ercent belongs to/],
  ['seconds in a manual gate', gate({ kind: 'manual', seconds: 1 }), /stages\[0\]\.gates\[0\]: .*seconds belongs to/],
  [
    'two manual gates',
    gate({ kind: 'manual' }, { kind: 'manual', name: 'b' }),
    /stages\[0\]\.gates: .*at most one manual/,
  ],
  [
    'nine gates',
    gate(...Array.from({ length: 9 }, () => ({ kind: 'manual' }))),
    /stages\[0\]\.gates must NOT have more/,
  ],
  [
    'matchLabels',
    { ...PLAN, fleet: { selector: { matchLabels: {} } } },
    /fleet\.selector\.matchLabels is not known; did you/,
  ],
  ['labels that are a list', labels([]), /^fleet\.selector\.match_labels must be object$/],
  ['a label that is a number', labels({ ring: 1 }), /^fleet\.selector\.match_labels\.ring must be string$/],
  ['a label that is none', labels({ 'not a key': 'x' }), /fleet\.selector\.match_labels: .*not a valid label/],
  ['the label constructor.', labels({ 'constructor.': 'x' }), /fleet\.selector\.match_labels: .*not a valid label/],
  ['a value that is none', labels({ ring: 'a b' }), /fleet\.selector\.match_labels: .*not a valid label/],
  ['33 labels', labels(Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, 'v']))), /32 properties/],
  ['an operator that is none', expression({ key: 'a', operator: '=' }), /operator must be one of In, NotIn, Exists/],
  [
    'In without values',
    expression({ key: 'a', operator: 'In' }),
    /match_?[eE]xpressions\[0\]: .*In and NotIn need values/,
  ],
  ['another label', { ...PLAN, activation: { label: 'kubernetes.io/role' } }, /^activation\.label must match pattern/],
  ['timeout_seconds 0', { ...PLAN, activation: { timeout_seconds: 0 } }, /^activation\.timeout_seconds must be >= 1$/],
  [
    'timeout_seconds "600"',
    { ...PLAN, activation: { timeout_seconds: '600' } },
    /^activation\.timeout_seconds must be integer$/,
  ],
  ['stuck_after_seconds 2^53', { ...PLAN, stuck_after_seconds: 2 ** 53 }, /stuck_after_seconds must be <= 2592000/],
  ['stuck_after_seconds -0.5', { ...PLAN, stuck_after_seconds: -0.5 }, /stuck_after_seconds must be/],
]

/** What a new plan takes, by our schema and by the rules of its kind. */
export const PLANS: readonly Case[] = [
  ...FIELDS.map(([title, body, says]) => ({ ...wrong, title: `a plan with ${title}`, body, says })),
  {
    ...wrong,
    title: 'a plan with a number beyond all bounds',
    raw: '{"plan_id":"new","artifact_ref":"x","stages":[{"id":"a","nodes":{}}],"stuck_after_seconds":1e400}',
    says: /stuck_after_seconds must be integer/,
  },
  {
    ...wrong,
    title: 'a plan with a label __proto__',
    raw: '{"plan_id":"new","artifact_ref":"x","stages":[{"id":"a","nodes":{}}],"fleet":{"selector":{"match_labels":{"__proto__":"x"}}}}',
    says: /fleet\.selector\.match_labels: .*not a valid label/,
  },
  {
    ...wrong,
    title: 'a plan with __proto__ deep inside',
    raw: '{"plan_id":"new","artifact_ref":"x","stages":[{"id":"a","nodes":{"__proto__":{"limit":1}}}]}',
    says: /^stages\[0\]\.nodes\.__proto__ is not known; known here: selector, limit$/,
  },
  {
    ...wrong,
    title: 'a plan that exists',
    body: { ...PLAN, plan_id: 'corpus' },
    status: 409,
    error: 'plan_exists',
    says: /there is a plan corpus in namespace fleet already.*new plan_id/,
  },
  {
    ...wrong,
    title: 'a plan in a namespace that is not there',
    path: '/namespaces/nowhere/rollouts?dryRun=All',
    body: PLAN,
    status: 404,
    error: 'namespace_not_found',
    says: /there is no namespace nowhere; kubectl get namespaces lists them/,
  },
  { method: 'POST', path: CREATE, title: 'a plan as it should be', body: PLAN, status: 201 },
  {
    method: 'POST',
    path: CREATE,
    title: 'a plan with a label constructor',
    body: labels({ constructor: 'x', toString: 'y' }),
    status: 201,
  },
]
