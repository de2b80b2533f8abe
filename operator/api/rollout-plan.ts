import { confirm } from './confirm.ts'
import { DNS_LABEL, dnsLabelRule, LABEL_VALUE, amount, selector, tolerance } from './fragments.ts'
import { gate } from './gate.ts'
import { LONGEST_LABEL, NODE_PREFIX, RELEASE_LABEL } from './names.ts'
import { planStatus } from './rollout-plan-status.ts'
import type { Infer, ObjectSchema } from './schema.ts'

const stage = {
  type: 'object',
  description: 'A cohort of nodes that is activated in batches and promoted as a whole.',
  required: ['id', 'nodes'],
  properties: {
    id: {
      type: 'string',
      pattern: DNS_LABEL,
      maxLength: 63,
      description: 'Name of the stage, unique within the plan; recoveries and reports use it.',
      'x-kubernetes-validations': [dnsLabelRule],
    },
    nodes: {
      type: 'object',
      description:
        'Which nodes of the fleet belong to this stage. Chosen and frozen when the stage opens, never from members of an earlier stage. {} takes everyone left.',
      properties: {
        selector: selector('Only nodes with these labels. Absent: every node of the fleet.'),
        limit: amount(
          'At most this many: a count, or a percentage of the fleet, rounded up. Which ones is decided by a hash of plan and node, so that canaries are not always the same machines.',
        ),
      },
    },
    allowEmpty: {
      type: 'boolean',
      default: false,
      description:
        'Whether the stage may be promoted without any node: because it selects none, or because none of them is activated and that is within its tolerances. By default such a stage blocks with reason NoNodes or NoneActivated, so that a canary that moved nobody does not wave the release through.',
    },
    batchSize: {
      ...amount(
        'Most nodes of this stage in flight (labelled and not yet confirmed) at once: a count, or a percentage of the stage, rounded up.',
      ),
      default: 1,
    },
    maxFailures: tolerance(
      'How many nodes of the stage may fail: a count, or a percentage of the stage, rounded down. Above it no further node is activated and the stage is not promoted.',
    ),
    maxUnreachable: tolerance(
      'How many nodes may be left out because they were not Ready before their turn: a count, or a percentage of the stage, rounded down. They are activated when they come back.',
    ),
    gates: {
      type: 'array',
      maxItems: 8,
      default: [],
      description: 'Conditions of promotion; all must pass. None: the stage is promoted when its nodes have settled.',
      'x-kubernetes-list-type': 'atomic',
      items: gate,
      'x-kubernetes-validations': [
        {
          rule: 'self.all(a, self.exists_one(b, (has(a.name) ? a.name : a.kind) == (has(b.name) ? b.name : b.kind)))',
          message: 'gates of one stage need different names; a gate without a name is called by its kind',
        },
        {
          rule: "self.filter(g, g.kind == 'manual').size() <= 1",
          message: 'a stage has at most one manual gate; ask for more approvals instead',
        },
      ],
    },
  },
} as const satisfies ObjectSchema

export const planSpec = {
  type: 'object',
  description:
    'What to bring where, in which order. It cannot be changed once created: the course of a plan is changed by RolloutRecovery objects.',
  required: ['artifactRef', 'stages'],
  'x-kubernetes-validations': [
    {
      rule: 'self == oldSelf',
      message:
        'a plan cannot be edited; steer it with a RolloutRecovery (retry, skip_failed, pause, rollback, …) or create a new plan',
      reason: 'FieldValueForbidden',
    },
  ],
  properties: {
    artifactRef: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      description: 'What the nodes are to run, for instance an image by digest. Opaque; written to each node.',
    },
    release: {
      type: 'string',
      pattern: LABEL_VALUE,
      maxLength: 63,
      description: "Value of the activation label on activated nodes. Default: the plan's name.",
      'x-kubernetes-validations': [
        {
          rule: `self.matches('${LABEL_VALUE}')`,
          message:
            "the release becomes a label value: at most 63 letters, digits, '-', '_' and '.', the first and last a letter or digit",
        },
      ],
    },
    fleet: {
      type: 'object',
      default: {},
      description: 'The nodes that this plan is about.',
      properties: { selector: selector('Nodes of the fleet. Absent: every node of the cluster.') },
    },
    activation: {
      type: 'object',
      default: {},
      description: 'How a node is told to move, and how it is known that it did.',
      properties: {
        label: {
          type: 'string',
          maxLength: 85,
          default: RELEASE_LABEL,
          pattern: '^fleet\\.autonomyops\\.dev/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$',
          description:
            'The Node label whose value is the release. It lies under fleet.autonomyops.dev/, because that is all the operator may write on a Node. Plans with different labels move the same nodes side by side.',
          'x-kubernetes-validations': [
            {
              rule: "self.startsWith('fleet.autonomyops.dev/')",
              message:
                'the label must lie under fleet.autonomyops.dev/, because that is all the operator may write on a Node',
            },
            {
              rule: `size(self) <= ${LONGEST_LABEL}`,
              message: `the label has at most ${LONGEST_LABEL - NODE_PREFIX.length} characters after fleet.autonomyops.dev/, because the annotations beside it carry its name`,
            },
          ],
        },
        confirm,
        timeoutSeconds: {
          type: 'integer',
          format: 'int32',
          minimum: 1,
          maximum: 604_800,
          default: 600,
          description: 'Seconds after which a node that has not confirmed counts as failed.',
        },
      },
    },
    stuckAfterSeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 2_592_000,
      default: 3600,
      description: 'Seconds without progress after which the plan is reported as stuck.',
    },
    stages: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      description: 'The stages, in their order. The next one opens when the one before is promoted.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: stage,
    },
  },
} as const satisfies ObjectSchema

export const rolloutPlan = {
  type: 'object',
  description:
    'RolloutPlan takes a fleet of nodes to a new release, stage by stage. It is steered only by RolloutRecovery objects.',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object', properties: { name: { type: 'string' } } },
    spec: planSpec,
    status: planStatus,
  },
  'x-kubernetes-validations': [
    {
      rule: "self.metadata.name != 'stuck'",
      fieldPath: '.metadata.name',
      message: 'the name "stuck" is taken by the stuck report (/v1/rollouts/stuck); choose another',
    },
    {
      rule: 'size(self.metadata.name) <= 63',
      fieldPath: '.metadata.name',
      message: 'the name of a plan has at most 63 characters, so that it can serve as a label value',
    },
  ],
} as const satisfies ObjectSchema

export type PlanSpec = Infer<typeof planSpec>
export type StageSpec = PlanSpec['stages'][number]
/** Which of its optional fields belong to which kind, CEL rules of the CRD say. */
export type GateSpec = StageSpec['gates'][number]
export type MetricSpec = NonNullable<GateSpec['metric']>
export type WebhookSpec = NonNullable<GateSpec['webhook']>
export type JobSpec = NonNullable<GateSpec['job']>
/** Exactly one of its optional fields belongs to each kind; CEL rules of the CRD hold it to that. */
export type ConfirmSpec = Infer<typeof confirm>
export type Selector = Infer<ReturnType<typeof selector>>
