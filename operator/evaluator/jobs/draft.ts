import { createHash } from 'node:crypto'
import { CANNOT_TELL } from '../../api/job.ts'
import { API_VERSION, GATE_LABEL, PLAN_LABEL, PLAN_UID_LABEL, STAGE_LABEL } from '../../api/names.ts'
import type { JobSpec } from '../../api/rollout-plan.ts'
import type { Draft } from '../../kube/object.ts'
import type { Subject } from '../source.ts'
import type { Container, CronJob, Job, PodTemplate } from './kinds.ts'

/** Linux takes 128 KiB in one variable; so many bytes of it are for the names of nodes. */
const LONGEST_NODES = 120_000
/** So long a Job that has ended stays to be read, in seconds. */
const KEPT = 3_600

/**
 * Name of the Job of one evaluation: the same for whoever leads, another after each reading, and never that of another
 * plan, stage or gate.
 */
export function jobName({ plan, ask }: Subject): string {
  const evaluation = [plan.uid, ask.stage, ask.name, ask.after].join('/')
  const digest = createHash('sha256').update(evaluation).digest('hex').slice(0, 12)
  return `${start(plan.name, 24)}-${start(ask.name, 24)}-${digest}`
}

/** Without characters that a Job's name may have and its pods' may not. */
function start(name: string, length: number): string {
  return name.replaceAll(/[._]/g, '-').slice(0, length).replace(/-+$/, '')
}

/**
 * The Job of one evaluation, or why there is none.
 *
 * Of the CronJob's template it takes the pods, labels and annotations. How often and how long is the gate's to say; the
 * pods run under the account that the template names.
 */
export function draftOf(
  { plan, ask }: Subject,
  { cronJob: _, deadlineSeconds, attempts }: JobSpec,
  { spec: { jobTemplate } }: CronJob,
  name: string,
): Draft<Job> | { readonly trouble: string } {
  const nodes = ask.nodes.join(' ')
  if (Buffer.byteLength(nodes) > LONGEST_NODES)
    return {
      trouble: `the names of the ${ask.nodes.length} nodes have more than ${LONGEST_NODES} bytes, which no variable holds: make the stage smaller`,
    }
  const variables = {
    ROLLOUT_PLAN: plan.name,
    ROLLOUT_NAMESPACE: plan.namespace,
    ROLLOUT_STAGE: ask.stage,
    ROLLOUT_GATE: ask.name,
    ROLLOUT_RELEASE: plan.release,
    ROLLOUT_ARTIFACT: plan.artifact,
    ROLLOUT_NODES: nodes,
  }
  const { metadata = {} } = jobTemplate
  return {
    metadata: {
      name,
      namespace: plan.namespace,
      ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
      labels: {
        ...metadata.labels,
        [PLAN_UID_LABEL]: plan.uid,
        [PLAN_LABEL]: plan.name,
        [STAGE_LABEL]: ask.stage,
        [GATE_LABEL]: ask.name,
        'app.kubernetes.io/managed-by': 'autonomy-rollouts',
      },
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'RolloutPlan', name: plan.name, uid: plan.uid }],
    },
    spec: {
      backoffLimit: attempts - 1,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: KEPT,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          { action: 'FailJob', onExitCodes: { operator: 'In', values: [CANNOT_TELL] } },
        ],
      },
      template: withVariables(jobTemplate.spec.template, variables),
    },
  }
}

/** A policy for pods that fail takes pods that are not restarted. */
function withVariables({ metadata, spec }: PodTemplate, variables: Readonly<Record<string, string>>): PodTemplate {
  const own = Object.entries(variables).map(([name, value]) => ({ name, value }))
  const given = (container: Container): Container => ({
    ...container,
    env: [...own, ...(container.env ?? []).filter(({ name }) => !Object.hasOwn(variables, name))],
  })
  return {
    ...(metadata ? { metadata } : {}),
    spec: {
      ...spec,
      restartPolicy: 'Never',
      containers: spec.containers.map(given),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(given) } : {}),
    },
  }
}
