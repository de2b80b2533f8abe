import { expect } from 'chai'
import { plan, planWithConfirm, planWithGates, stage } from './object.ts'
import { withApi } from './server.ts'
import type { Wire } from './server.ts'

const SOAK = { kind: 'time_soak', seconds: 60 } as const
const METRIC = {
  kind: 'metric',
  metric: { provider: { address: 'https://a.example/p' }, query: 'up{node=~"{{nodes}}"}', condition: { lt: 0.05 } },
}
const SERVICE = { service: { name: 'prometheus', namespace: 'monitoring', scheme: 'https' }, credentialsSecret: 's' }
const JOB = { kind: 'job', job: { cronJob: 'smoke', deadlineSeconds: 60, attempts: 2 } }
const metricOf = (parts: object) => planWithGates({ ...METRIC, metric: { ...METRIC.metric, ...parts } })
const WEBHOOK = { address: 'https://a.example/checks', signingSecret: 's' }
const webhookOf = (parts: object) => planWithGates({ kind: 'webhook', webhook: { ...WEBHOOK, ...parts } })
const HEALTH = { kind: 'health', minPercent: 95 } as const
const POD = { kind: 'pod', namespace: 'fleet', selector: { matchLabels: { app: 'robot-agent' } } } as const

/** What a person reads beside the field and its value. */
const AMOUNT = 'give a count (1 or more) or a whole percentage ("1%" to "100%")'
const TOLERANCE = 'give a count (0 or more) or a whole percentage ("0%" to "100%")'
const NAME = "use at most 63 lower-case letters, digits and '-', the first and last a letter or digit"
const LABEL =
  'spec.fleet.selector.matchLabels: Invalid value: a key or value here is not a valid label, so it could match nothing'

type Case = readonly [what: string, plan: Wire, ...says: readonly string[]]

const withStage = (fields: { readonly [field: string]: unknown }) =>
  plan('staged', { stages: [{ ...stage('canary'), ...fields }] })
const withSelector = (selector: unknown) => plan('selected', { fleet: { selector } })

/** What is refused, and what the person who tried reads. */
const REFUSED: readonly Case[] = [
  [
    'the name of the stuck report',
    plan('stuck'),
    'metadata.name: Invalid value: the name "stuck" is taken by the stuck report (/v1/rollouts/stuck); choose another',
  ],
  [
    'a name longer than a label value',
    plan('a'.repeat(64)),
    'metadata.name: Invalid value: the name of a plan has at most 63 characters',
  ],
  ['a plan without stages', plan('empty', { stages: [] }), 'spec.stages in body should have at least 1 items'],
  [
    'more than 32 stages',
    plan('many', { stages: Array.from({ length: 33 }, (_, index) => stage(`stage-${index}`)) }),
    'spec.stages: Too many: 33: must have at most 32 items',
  ],
  [
    'two stages with one id',
    plan('twice', { stages: [stage('canary'), stage('canary')] }),
    'spec.stages[1]: Duplicate value: {"id":"canary"}',
  ],
  ['a stage that does not say which nodes', withStage({ nodes: undefined }), 'spec.stages[0].nodes: Required value'],
  [
    'a stage id that is no DNS label',
    withStage({ id: 'Stage_1' }),
    `spec.stages[0].id: Invalid value: "Stage_1": ${NAME}`,
  ],
  [
    'a gate name that is no DNS label',
    planWithGates({ ...SOAK, name: 'over night' }),
    `spec.stages[0].gates[0].name: Invalid value: "over night": ${NAME}`,
  ],
  [
    'two gates with one name',
    planWithGates({ ...SOAK, name: 'first' }, { ...HEALTH, name: 'first' }),
    'spec.stages[0].gates: Invalid value: gates of one stage need different names; a gate without a name is called by its kind',
  ],
  [
    'two gates of one kind without names',
    planWithGates(HEALTH, { ...HEALTH, forSeconds: 60 }),
    'gates of one stage need different names; a gate without a name is called by its kind',
  ],
  [
    'two manual gates in a stage',
    planWithGates({ kind: 'manual' }, { kind: 'manual', name: 'again' }),
    'spec.stages[0].gates: Invalid value: a stage has at most one manual gate; ask for more approvals instead',
  ],
  [
    'more than 8 gates in a stage',
    planWithGates(...Array.from({ length: 9 }, (_, index) => ({ ...SOAK, name: `soak-${index}` }))),
    'spec.stages[0].gates: Too many: 9: must have at most 8 items',
  ],
  [
    'an unknown kind of gate',
    planWithGates({ kind: 'canary' }),
    'spec.stages[0].gates[0].kind: Unsupported value: "canary": supported values: "time_soak", "health", "manual", "metric"',
  ],
  ['a metric gate without a metric', planWithGates({ kind: 'metric' }), 'metric belongs to a gate of kind metric'],
  ['a metric of a soak', planWithGates({ ...SOAK, metric: METRIC.metric }), 'metric belongs to a gate of kind metric'],
  [
    'an interval of a soak',
    planWithGates({ ...SOAK, intervalSeconds: 9 }),
    'intervalSeconds, consecutive, failureLimit',
  ],
  ['a job gate without a job', planWithGates({ kind: 'job' }), 'job belongs to a gate of kind job'],
  ['a job of a soak', planWithGates({ ...SOAK, job: JOB.job }), 'job belongs to a gate of kind job'],
  [
    'attempts without end',
    planWithGates({ ...JOB, job: { cronJob: 'smoke', attempts: 11 } }),
    'should be less than or equal to 10',
  ],
  [
    'a CronJob that cannot be',
    planWithGates({ ...JOB, job: { cronJob: 'Smoke' } }),
    'spec.stages[0].gates[0].job.cronJob',
  ],
  ['no provider to ask', metricOf({ provider: {} }), 'has an address or a service, and not both'],
  [
    'two providers to ask',
    metricOf({ provider: { address: 'https://a.example', service: { name: 'a' } } }),
    'has an address or a service, and not both',
  ],
  ['a password in an address', metricOf({ provider: { address: 'https://a:b@c.example' } }), 'without user, password'],
  ['a query in an address', metricOf({ provider: { address: 'https://c.example/?a=b' } }), 'without user, password'],
  ['an address of a file', metricOf({ provider: { address: 'file:///etc/passwd' } }), 'http or https address'],
  [
    'credentials for everybody on the way',
    metricOf({ provider: { address: 'http://a.example', credentialsSecret: 's' } }),
    'credentials are shown over https only',
  ],
  [
    'credentials for a Service that is not asked over TLS',
    metricOf({ provider: { service: { name: 'a' }, credentialsSecret: 's' } }),
    'credentials are shown over https only',
  ],
  ['a condition without a bound', metricOf({ condition: {} }), 'a condition needs a bound'],
  ['a variable that nobody knows', metricOf({ query: 'up{a="{{node}}"}' }), 'and no other variable'],
  ['a query of blanks', metricOf({ query: ' ' }), 'give a PromQL expression'],
  ['a baseline without a query', metricOf({ baseline: { at: 'now', by: 'ratio' } }), 'needs a query of its own'],
  ['a webhook gate without a webhook', planWithGates({ kind: 'webhook' }), 'webhook belongs to a gate of kind webhook'],
  ['a webhook of a soak', planWithGates({ ...SOAK, webhook: WEBHOOK }), 'webhook belongs to a gate of kind webhook'],
  ['nobody to ask for a verdict', webhookOf({ address: undefined }), 'has an address or a service, and not both'],
  ['two to ask for a verdict', webhookOf({ service: { name: 'a' } }), 'has an address or a service, and not both'],
  ['a webhook without a key', webhookOf({ signingSecret: undefined }), 'webhook.signingSecret: Required value'],
  ['a webhook over http', webhookOf({ address: 'http://a.example' }), 'give an https address without user'],
  ['a password for a webhook', webhookOf({ address: 'https://a:b@c.example' }), 'give an https address without user'],
  ['a token in an address', webhookOf({ address: 'https://c.example/?token=a' }), 'give an https address without user'],
  ['a path that is none', webhookOf({ address: undefined, service: { name: 'a', path: 'b' } }), 'service.path'],
  ['a soak without its length', planWithGates({ kind: 'time_soak' }), 'seconds belongs to a gate of kind time_soak'],
  ['a negative soak', planWithGates({ ...SOAK, seconds: -1 }), 'seconds in body should be greater than or equal to 0'],
  ['a health gate without a share', planWithGates({ kind: 'health' }), 'minPercent belongs to a gate of kind health'],
  ['a share of zero', planWithGates({ ...HEALTH, minPercent: 0 }), 'should be greater than or equal to 1'],
  ['a share above 100 %', planWithGates({ ...HEALTH, minPercent: 101 }), 'should be less than or equal to 100'],
  ['a gate that nobody approves', planWithGates({ kind: 'manual', approvals: 0 }), 'greater than or equal to 1'],
  ['seconds for health', planWithGates({ ...HEALTH, seconds: 1 }), 'seconds belongs to a gate of kind time_soak'],
  ['seconds for manual', planWithGates({ kind: 'manual', seconds: 1 }), 'seconds belongs to a gate of kind time_soak'],
  ['minPercent for a soak', planWithGates({ ...SOAK, minPercent: 95 }), 'minPercent belongs to a gate of kind health'],
  ['forSeconds for a soak', planWithGates({ ...SOAK, forSeconds: 1 }), 'forSeconds belongs to a gate of kind health'],
  ['approvals for health', planWithGates({ ...HEALTH, approvals: 2 }), 'approvals belongs to a gate of kind manual'],
  ['a confirmation of no kind', planWithConfirm({}), 'spec.activation.confirm.kind: Required value'],
  [
    'an unknown kind of confirmation',
    planWithConfirm({ kind: 'job' }),
    'spec.activation.confirm.kind: Unsupported value: "job": supported values: "pod", "annotation", "ready"',
  ],
  [
    'confirmation by pod without the namespace',
    planWithConfirm({ ...POD, namespace: undefined }),
    'namespace and selector belong to confirm.kind pod, which needs both',
  ],
  [
    'confirmation by pod without the selector',
    planWithConfirm({ ...POD, selector: undefined }),
    'namespace and selector belong to confirm.kind pod, which needs both',
  ],
  [
    'confirmation by any pod',
    planWithConfirm({ ...POD, selector: {} }),
    'confirm.selector must name at least one label: an empty selector would take any pod for the release',
  ],
  [
    'a selector of pods for confirmation by readiness',
    planWithConfirm({ ...POD, kind: 'ready' }),
    'namespace and selector belong to confirm.kind pod',
  ],
  [
    'an annotation for confirmation by pod',
    planWithConfirm({ ...POD, annotation: 'fleet.autonomyops.dev/running' }),
    'annotation belongs to confirm.kind annotation',
  ],
  ...['0%', '101%', '5', '-5%', '2.5%', '05%', 'half'].map((batchSize): Case => [
    `a batch of "${batchSize}"`,
    withStage({ batchSize }),
    `spec.stages[0].batchSize: Invalid value: "${batchSize}": ${AMOUNT}`,
  ]),
  ['a batch of nobody', withStage({ batchSize: 0 }), `spec.stages[0].batchSize: Invalid value: 0: ${AMOUNT}`],
  ['a negative batch', withStage({ batchSize: -1 }), `spec.stages[0].batchSize: Invalid value: -1: ${AMOUNT}`],
  ['half a node', withStage({ batchSize: 0.5 }), 'spec.stages[0].batchSize in body must be of type integer'],
  ['a limit of nobody', withStage({ nodes: { limit: 0 } }), `spec.stages[0].nodes.limit: Invalid value: 0: ${AMOUNT}`],
  ['a limit of 0 %', withStage({ nodes: { limit: '0%' } }), `nodes.limit: Invalid value: "0%": ${AMOUNT}`],
  ['a negative tolerance', withStage({ maxFailures: -1 }), `maxFailures: Invalid value: -1: ${TOLERANCE}`],
  [
    'a tolerance above 100 %',
    withStage({ maxUnreachable: '200%' }),
    `maxUnreachable: Invalid value: "200%": ${TOLERANCE}`,
  ],
  [
    'a time-out of zero',
    plan('hasty', { activation: { timeoutSeconds: 0 } }),
    'spec.activation.timeoutSeconds in body should be greater than or equal to 1',
  ],
  [
    'being stuck after less than nothing',
    plan('hasty', { stuckAfterSeconds: -5 }),
    'spec.stuckAfterSeconds in body should be greater than or equal to 1',
  ],
  [
    'an activation label that is not the operator’s to write',
    plan('labelled', { activation: { label: 'example.com/release' } }),
    'spec.activation.label: Invalid value: "example.com/release": the label must lie under fleet.autonomyops.dev/, because that is all the operator may write on a Node',
  ],
  [
    'an activation label that is too long for the annotations beside it',
    plan('labelled', { activation: { label: `fleet.autonomyops.dev/${'x'.repeat(47)}` } }),
    'the label has at most 46 characters after fleet.autonomyops.dev/, because the annotations beside it carry its name',
  ],
  [
    'a release that is no label value',
    plan('p', { release: 'v1 beta' }),
    'spec.release: Invalid value: "v1 beta": the release becomes a label value: at most 63 letters, digits,',
  ],
  ['an empty artifact', plan('p', { artifactRef: '' }), 'spec.artifactRef in body should be at least 1 chars long'],
  [
    'an annotation for confirmation by readiness',
    planWithConfirm({ kind: 'ready', annotation: 'fleet.autonomyops.dev/running' }),
    'annotation belongs to confirm.kind annotation',
  ],
  [
    'minReadySeconds for confirmation by annotation',
    planWithConfirm({ kind: 'annotation', minReadySeconds: 5 }),
    'minReadySeconds belongs to confirm.kind pod and ready',
  ],
  ['a label key that no node can have', withSelector({ matchLabels: { 'a b': 'c' } }), LABEL],
  ['a label value that no node can have', withSelector({ matchLabels: { site: 'north pole' } }), LABEL],
  [
    'a value that no node can have',
    withSelector({ matchExpressions: [{ key: 'site', operator: 'In', values: ['north pole'] }] }),
    'spec.fleet.selector.matchExpressions[0].values[0]: Invalid value: "north pole"',
  ],
  [
    'In without values',
    withSelector({ matchExpressions: [{ key: 'site', operator: 'In' }] }),
    'In and NotIn need values; Exists and DoesNotExist take none',
  ],
  [
    'Exists with values',
    withSelector({ matchExpressions: [{ key: 'site', operator: 'Exists', values: ['north'] }] }),
    'In and NotIn need values; Exists and DoesNotExist take none',
  ],
]

const ACCEPTED: readonly (readonly [what: string, plan: Wire])[] = [
  ['a name of 63 characters', plan('a'.repeat(63))],
  ['every kind of gate in one stage', planWithGates(SOAK, HEALTH, { kind: 'manual', approvals: 2 }, METRIC, JOB)],
  ['a job that is judged like a metric', planWithGates({ ...JOB, forSeconds: 60, consecutive: 2, dryRun: true })],
  ['a metric of a Service, with credentials', metricOf({ provider: SERVICE })],
  ['braces that are no variable', metricOf({ query: 'up{a="{b}"} # {c}' })],
  ['a webhook', webhookOf({ timeoutSeconds: 60 })],
  ['a webhook of a Service', webhookOf({ address: undefined, service: { name: 'a', namespace: 'b', path: '/c' } })],
  ['two gates of one kind with names', planWithGates(HEALTH, { ...HEALTH, name: 'long', forSeconds: 600 })],
  ['confirmation by pod', planWithConfirm({ ...POD, minReadySeconds: 10 })],
  ['confirmation by readiness', planWithConfirm({ kind: 'ready', minReadySeconds: 60 })],
  ['confirmation by annotation', planWithConfirm({ kind: 'annotation', annotation: 'robot.example/running' })],
  ['counts', withStage({ batchSize: 5, maxFailures: 0, maxUnreachable: 3, nodes: { limit: 1 } })],
  ['percentages', withStage({ batchSize: '1%', maxFailures: '0%', maxUnreachable: '100%', nodes: { limit: '5%' } })],
  ['the longest label there may be', plan('p', { activation: { label: `fleet.autonomyops.dev/${'x'.repeat(46)}` } })],
  ['a label of its own', plan('p', { activation: { label: 'fleet.autonomyops.dev/firmware' } })],
  ['an empty label value', withSelector({ matchLabels: { 'node-role.kubernetes.io/worker': '' } })],
]

describe('rules of RolloutPlan on the API server', () => {
  const api = withApi()

  for (const [what, object, ...says] of REFUSED)
    it(`refuse ${what}`, async () => {
      const { status, body } = await api().create(object, 'dryRun=All')
      expect(status, JSON.stringify(body)).to.equal(422)
      for (const text of says) expect(body.message).to.include(text)
    })

  for (const [what, object] of ACCEPTED)
    it(`accept ${what}`, async () => {
      const { status, body } = await api().create(object, 'dryRun=All')
      expect(status, JSON.stringify(body)).to.equal(201)
    })

  it('refuse a misspelt field and name it', async () => {
    const misspelt = withStage({ batchsize: 3 })
    expect((await api().create(misspelt, 'dryRun=All')).body.message).to.include(
      'unknown field "spec.stages[0].batchsize"',
    )
    const strict = await api().kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(misspelt))
    expect(strict.code).to.equal(1)
    expect(strict.stderr).to.include('unknown field "spec.stages[0].batchsize"')
    const lenient = ['create', '--dry-run=server', '--validate=warn', '-f', '-']
    const warned = await api().kubectl(lenient, JSON.stringify(misspelt))
    expect(warned.code).to.equal(0)
    expect(warned.stderr).to.include('Warning: unknown field "spec.stages[0].batchsize"')
  })

  describe('once it exists', () => {
    const FORBIDDEN =
      'spec: Forbidden: a plan cannot be edited; steer it with a RolloutRecovery (retry, skip_failed, pause, rollback, …) or create a new plan'
    const existing = plan('existing', { release: '2', stages: [stage('canary', { batchSize: 2 }), stage('wide')] })

    before(async () => {
      expect(await api().create(existing)).to.include({ status: 201 })
    })

    for (const [what, patch] of [
      ['a field is changed', { spec: { artifactRef: 'oci.example/robot-agent:3' } }],
      ['a field is added', { spec: { stuckAfterSeconds: 60 } }],
      ['a field is removed', { spec: { release: null } }],
      ['a stage is removed', { spec: { stages: [stage('canary', { batchSize: 2 })] } }],
      ['a default is changed', { spec: { activation: { timeoutSeconds: 5 } } }],
    ] as const)
      it(`its spec stays as it is when ${what}`, async () => {
        const { status, body } = await api().patch(existing, patch)
        expect(status).to.equal(422)
        expect(body.message).to.include(FORBIDDEN)
      })

    it('says so to somebody who applies a changed file', async () => {
      const changed = { ...existing, spec: { ...existing.spec, release: '3' } }
      const output = await api().kubectl(
        ['apply', '--server-side', '--force-conflicts', '-f', '-'],
        JSON.stringify(changed),
      )
      expect(output).to.deep.include({ code: 1 })
      expect(output.stderr.trim()).to.equal(`The RolloutPlan "existing" is invalid: ${FORBIDDEN}`)
    })

    it('its labels and annotations are free', async () => {
      const patch = { metadata: { labels: { team: 'arms' }, annotations: { ticket: 'OPS-1' } } }
      expect(await api().patch(existing, patch)).to.include({ status: 200 })
    })
  })
})
