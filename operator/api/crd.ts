import { GROUP, VERSION } from './names.ts'
import { rolloutPlan } from './rollout-plan.ts'
import { rolloutRecovery } from './rollout-recovery.ts'
import type { ObjectSchema } from './schema.ts'

type PrinterColumn = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** 1: shown with -o wide only. */
  readonly priority?: number
}

type Definition = {
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly schema: ObjectSchema
  readonly columns: readonly PrinterColumn[]
  readonly selectableFields: readonly string[]
}

const plan: Definition = {
  kind: 'RolloutPlan',
  plural: 'rolloutplans',
  singular: 'rolloutplan',
  shortNames: ['rplan'],
  schema: rolloutPlan,
  selectableFields: ['.status.phase'],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the plan stands.' },
    { name: 'Stage', type: 'string', jsonPath: '.status.currentStageId', description: 'The current stage.' },
    { name: 'Progress', type: 'string', jsonPath: '.status.progress', description: 'Activated nodes.' },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: 'Why it is not completed, as a code.',
    },
    {
      name: 'Stuck',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Stuck")].status',
      description: 'Whether it has made no progress for longer than stuckAfterSeconds.',
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
    {
      name: 'Release',
      type: 'string',
      jsonPath: '.spec.release',
      description: "The release; the plan's name when empty.",
      priority: 1,
    },
    {
      name: 'Updated',
      type: 'date',
      jsonPath: '.status.updatedAt',
      description: 'Time since the last progress.',
      priority: 1,
    },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: 'Why it stands still and what to do.',
      priority: 1,
    },
  ],
}

const recovery: Definition = {
  kind: 'RolloutRecovery',
  plural: 'rolloutrecoveries',
  singular: 'rolloutrecovery',
  shortNames: ['rrec'],
  schema: rolloutRecovery,
  selectableFields: ['.spec.planName', '.status.phase'],
  columns: [
    { name: 'Plan', type: 'string', jsonPath: '.spec.planName', description: 'The plan.' },
    { name: 'Strategy', type: 'string', jsonPath: '.spec.strategy', description: 'What is asked for.' },
    { name: 'Operator', type: 'string', jsonPath: '.spec.operator', description: 'Who asks.' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What became of it.' },
    { name: 'Code', type: 'string', jsonPath: '.status.code', description: 'Why it was rejected.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
    { name: 'From', type: 'string', jsonPath: '.status.previousPhase', description: 'Phase before.', priority: 1 },
    { name: 'To', type: 'string', jsonPath: '.status.newPhase', description: 'Phase after.', priority: 1 },
    { name: 'Why', type: 'string', jsonPath: '.spec.reason', description: 'The reason given.', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.message', description: 'The outcome.', priority: 1 },
  ],
}

function manifest(definition: Definition) {
  const { kind, plural, singular, shortNames, schema, columns, selectableFields } = definition
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['autonomy'] },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          selectableFields: selectableFields.map(jsonPath => ({ jsonPath })),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  } as const
}

/** The CustomResourceDefinitions, as they are applied to a cluster. */
export const definitions = [manifest(plan), manifest(recovery)] as const
