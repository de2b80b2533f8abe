import { CANNOT_TELL } from '../../api/job.ts'
import type { JobSpec } from '../../api/rollout-plan.ts'
import { clip } from '../../rollout/clip.ts'
import type { Reading } from '../../rollout/gates/reading.ts'
import { instant } from '../../rollout/time.ts'
import type { ContainerStatus, Job, Pod } from './kinds.ts'

/** From here on an exit code says that a program was not run, or was killed: 126, 127, and 128 with a signal's number. */
const NOT_RUN = 126
const LONGEST_MESSAGE = 160
const LONGEST_TROUBLE = 250
/** So soon after its creation, in milliseconds, a Job has a pod, unless something forbids it. */
const POD_PATIENCE = 10_000
/** Reasons why a container waits that say nothing. */
const STARTING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing'])

/** How to read what a Job has written. */
export function logsOf({ name, namespace = '' }: { readonly name: string; readonly namespace?: string }): string {
  return `kubectl logs -n ${namespace} job/${name}`
}

/** The reading that a Job yields that has ended; undefined while it runs. */
export function verdictOf(
  job: Job,
  pods: readonly Pod[],
  at: number,
  { deadlineSeconds }: JobSpec,
  hindrance: string | undefined,
): Reading | undefined {
  const ended = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )
  if (!ended) return undefined
  const nothing = (trouble: string): Reading => ({ at, verdict: 'unknown', trouble: clip(trouble, LONGEST_TROUBLE) })
  // The last moment of the second in which it was created: it was not before what it was created after.
  const sampledAt = Math.min(at, instant(job.metadata.creationTimestamp) + 999)
  const logs = `(${logsOf(job.metadata)})`
  const exits = pods.toSorted(byCreation).flatMap(exitsOf)
  if (ended.type === 'Complete') {
    const message = messageOf(exits.findLast(({ exitCode }) => exitCode === 0)?.message)
    return { at, verdict: 'good', value: 'ended with exit code 0', said: joined(message, logs), sampledAt }
  }
  if (ended.reason === 'DeadlineExceeded') {
    const why = hindrance === undefined ? '' : `: ${hindrance}`
    return nothing(`Job ${job.metadata.name} did not end within ${deadlineSeconds} s${why}`)
  }
  const exit = exits.findLast(({ exitCode }) => exitCode !== 0)
  if (!exit)
    return nothing(
      `Job ${job.metadata.name} has failed without an exit code (${ended.reason ?? 'no reason'}: ${messageOf(ended.message)})`,
    )
  const { exitCode, reason = '' } = exit
  const said = joined(messageOf(exit.message), logs)
  if (exitCode === CANNOT_TELL) return nothing(`the Job could not tell (exit code ${exitCode}): ${said}`)
  if (exitCode >= NOT_RUN || reason === 'OOMKilled')
    return nothing(`the Job was killed or could not be run (${`exit code ${exitCode} ${reason}`.trim()}): ${said}`)
  return { at, verdict: 'bad', value: `ended with exit code ${exitCode}`, said, sampledAt }
}

/** What keeps a Job from running, as far as its pods tell; undefined: nothing. */
export function hindranceOf({ metadata }: Job, pods: readonly Pod[], at: number): string | undefined {
  const pod = pods.toSorted(byCreation).at(-1)
  if (!pod) {
    const { name, namespace = '', creationTimestamp } = metadata
    return at - instant(creationTimestamp) < POD_PATIENCE
      ? undefined
      : `it has no pod, and kubectl describe -n ${namespace} job/${name} says why`
  }
  const { conditions = [] } = pod.status ?? {}
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled) return `its pod is not scheduled: ${messageOf(unscheduled.message)}`
  for (const { state } of statusesOf(pod)) {
    const { reason = '', message } = state?.waiting ?? {}
    if (reason !== '' && !STARTING.has(reason)) return `its pod waits, ${reason}: ${messageOf(message)}`
  }
  return undefined
}

function statusesOf({ status }: Pod): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
}

/** Of a pod that failed because it was evicted, or its node was lost, no exit code is a verdict. */
function exitsOf(pod: Pod) {
  const disrupted = (pod.status?.conditions ?? []).some(
    ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
  )
  return disrupted ? [] : statusesOf(pod).flatMap(({ state }) => state?.terminated ?? [])
}

function byCreation(a: Pod, b: Pod): number {
  return instant(a.metadata.creationTimestamp) - instant(b.metadata.creationTimestamp)
}

/** On one line, without characters that move a terminal's cursor. */
function messageOf(message = ''): string {
  return clip(message.replaceAll(/[\p{C}\s]+/gu, ' ').trim(), LONGEST_MESSAGE)
}

function joined(message: string, logs: string): string {
  return message === '' ? logs : `${message} ${logs}`
}
