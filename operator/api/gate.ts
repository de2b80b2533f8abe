import { DNS_LABEL, dnsLabelRule } from './fragments.ts'
import { job } from './job.ts'
import { metric } from './metric.ts'
import type { ObjectSchema } from './schema.ts'
import { webhook } from './webhook.ts'

/** Kinds that look outside of nodes and pods, again and again. */
const WATCHED = "self.kind in ['metric', 'webhook', 'job']"

/** One condition of promotion. Fields that belong to some kinds only are held to them by the rules below. */
export const gate = {
  type: 'object',
  description:
    'One condition of promotion. It answers passed, failed or unknown; only passed lets the stage be promoted, and only evidence newer than the opening of the stage counts.',
  required: ['kind'],
  properties: {
    kind: {
      type: 'string',
      enum: ['time_soak', 'health', 'manual', 'metric', 'webhook', 'job'],
      description:
        'time_soak: let the settled stage run for some time. health: enough of its activated nodes stay healthy. manual: people approve. metric: a Prometheus says so. webhook: a service of yours says so. job: a Job says so.',
    },
    name: {
      type: 'string',
      pattern: DNS_LABEL,
      maxLength: 63,
      description: 'How reports call this gate; its kind when absent. Unique within the stage.',
      'x-kubernetes-validations': [dnsLabelRule],
    },
    seconds: {
      type: 'integer',
      format: 'int32',
      minimum: 0,
      maximum: 2_592_000,
      description:
        'time_soak: seconds that must pass after every member has settled. The clock goes on while the plan is paused.',
    },
    minPercent: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 100,
      description:
        'health: the share of the stage that must be healthy (activation still confirmed, node Ready), in percent of its activated nodes.',
    },
    forSeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 0,
      maximum: 2_592_000,
      description:
        'health: seconds for which that share must have been healthy without a break. metric, webhook, job: seconds over which readings must have been good without a break, after the stage has settled. Default 0.',
    },
    approvals: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 10,
      description: 'manual: how many different operators must approve. Default 1.',
    },
    intervalSeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 86_400,
      description:
        'metric, webhook: seconds between two readings, default 60. job: from the end of one Job to the next, default 300.',
    },
    consecutive: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 1000,
      description: 'metric, webhook, job: how many readings in a row must be good. Default 1.',
    },
    failureLimit: {
      type: 'integer',
      format: 'int32',
      minimum: 0,
      maximum: 1000,
      description:
        'metric, webhook, job: how many bad readings are tolerated. One more, and the gate has failed until the stage is retried. Readings that yield nothing are not bad. Default 0.',
    },
    dryRun: {
      type: 'boolean',
      description: 'metric, webhook, job: report what it sees and hold nothing up. Default false.',
    },
    metric,
    webhook,
    job,
  },
  'x-kubernetes-validations': [
    {
      rule: "self.kind == 'time_soak' ? has(self.seconds) : !has(self.seconds)",
      message: 'seconds belongs to a gate of kind time_soak, and such a gate needs it',
    },
    {
      rule: "self.kind == 'health' ? has(self.minPercent) : !has(self.minPercent)",
      message: 'minPercent belongs to a gate of kind health, and such a gate needs it',
    },
    {
      rule: `self.kind == 'health' || ${WATCHED} || !has(self.forSeconds)`,
      message: 'forSeconds belongs to a gate of kind health, metric, webhook or job',
    },
    {
      rule: "self.kind == 'manual' || !has(self.approvals)",
      message: 'approvals belongs to a gate of kind manual',
    },
    {
      rule: `${WATCHED} || (!has(self.intervalSeconds) && !has(self.consecutive) && !has(self.failureLimit) && !has(self.dryRun))`,
      message: 'intervalSeconds, consecutive, failureLimit and dryRun belong to a gate of kind metric, webhook or job',
    },
    {
      rule: "self.kind == 'metric' ? has(self.metric) : !has(self.metric)",
      message: 'metric belongs to a gate of kind metric, and such a gate needs it',
    },
    {
      rule: "self.kind == 'webhook' ? has(self.webhook) : !has(self.webhook)",
      message: 'webhook belongs to a gate of kind webhook, and such a gate needs it',
    },
    {
      rule: "self.kind == 'job' ? has(self.job) : !has(self.job)",
      message: 'job belongs to a gate of kind job, and such a gate needs it',
    },
  ],
} as const satisfies ObjectSchema
