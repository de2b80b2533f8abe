import type { ObjectSchema } from './schema.ts'

/** With this exit code a Job of a gate says that it could not tell. */
export const CANNOT_TELL = 3

/** What a gate of kind job runs. */
export const job = {
  type: 'object',
  description: `job: what is run, once an evaluation. Exit code 0 is good, ${CANNOT_TELL} is unknown, as is whatever ends without an exit code below 126; any other is bad.`,
  required: ['cronJob'],
  properties: {
    cronJob: {
      type: 'string',
      minLength: 1,
      maxLength: 52,
      pattern: '^[a-z0-9]([a-z0-9.-]{0,50}[a-z0-9])?$',
      description:
        'A CronJob in the namespace of the plan, for its Job template; suspended, it runs for gates alone. Whoever creates the plan needs the right to create jobs there, as for kubectl create job --from=cronjob/….',
    },
    deadlineSeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 86_400,
      default: 600,
      description: 'Seconds after which a Job that has not ended is stopped, all its attempts included.',
    },
    attempts: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 10,
      default: 1,
      description:
        'How many pods of one Job may fail before it has. Pods that a drain or a preemption has ended do not count.',
    },
  },
} as const satisfies ObjectSchema
