import type { Client } from '../../kube/client.ts'
import { isAlreadyExists, isApiError, isNotFound } from '../../kube/errors.ts'
import { clip } from '../../rollout/clip.ts'
import type { Reading } from '../../rollout/gates/reading.ts'
import { instant } from '../../rollout/time.ts'
import type { Log } from '../../runtime/log.ts'
import type { Look, Source, Subject } from '../source.ts'
import { draftOf, jobName } from './draft.ts'
import { type Job, cronJobs, jobs, pods } from './kinds.ts'
import { hindranceOf, logsOf, verdictOf } from './verdict.ts'

/** A Job that runs is looked at again after a tenth of the time that it has run, within these bounds; milliseconds. */
const SOONEST = 1_000
const LATEST = 15_000

/** A Job that this process has begun, or has found running. */
type Running = { readonly name: string; readonly uid?: string; readonly hindrance?: string | undefined }

/**
 * Runs a Job for each evaluation and reads how it ends.
 *
 * The name of a Job says which evaluation it is, so that a new leader, and a create whose answer was lost, come to the
 * same one. What this process remembers of Jobs is only for deleting them, and for what is said of them.
 *
 * @param client its writes are guarded by the leader's lease
 */
export function jobSource(client: Pick<Client, 'get' | 'list' | 'create' | 'delete'>, log: Log): Source {
  const running = new Map<string, Running>()

  /** A Job of a stage that nobody asks about any more holds nodes' names and quota for nothing. */
  const remove = async (namespace: string, { name, uid }: Running, signal: AbortSignal): Promise<void> => {
    const preconditions = uid === undefined ? {} : { preconditions: { uid } }
    try {
      await client.delete(jobs, { namespace, name }, { signal, propagationPolicy: 'Background', ...preconditions })
    } catch (error) {
      if (!signal.aborted && !isNotFound(error))
        log.warn('a Job that is not needed any more was not deleted; its deadline ends it', { error, namespace, name })
    }
  }

  /** Creates the Job; its first look finds it. */
  const begin = async (subject: Subject, name: string, signal: AbortSignal): Promise<string | undefined> => {
    const { plan, ask } = subject
    const spec = ask.gate.job
    if (!spec) return 'the gate names no CronJob'
    const { namespace } = plan
    let template
    try {
      template = await client.get(cronJobs, { namespace, name: spec.cronJob }, { signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
      return `there is no CronJob ${spec.cronJob} in namespace ${namespace}`
    }
    const draft = draftOf(subject, spec, template, name)
    if ('trouble' in draft) return draft.trouble
    running.set(keyOf(subject), { name })
    try {
      const { metadata } = await client.create(jobs, draft, { signal })
      running.set(keyOf(subject), { name, uid: metadata.uid })
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
    return undefined
  }

  const find = async (namespace: string, name: string, signal: AbortSignal): Promise<Job | undefined> => {
    try {
      return await client.get(jobs, { namespace, name }, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  const read = async (subject: Subject, at: number, signal: AbortSignal): Promise<Look> => {
    const { plan, ask } = subject
    const { namespace } = plan
    const [key, name] = [keyOf(subject), jobName(subject)]
    const spec = ask.gate.job
    if (!spec) return { reading: unknown(at, 'the gate names no CronJob') }
    const known = running.get(key)
    if (known && known.name !== name) {
      running.delete(key)
      await remove(namespace, known, signal)
    }
    const job = await find(namespace, name, signal)
    const runs = `runs as Job ${name}: ${logsOf({ namespace, name })}`
    if (job?.metadata.deletionTimestamp !== undefined || (!job && known?.uid !== undefined && known.name === name)) {
      running.delete(key)
      return { reading: unknown(at, `Job ${name} was deleted before it had ended`) }
    }
    if (!job) {
      const trouble = await begin(subject, name, signal)
      return trouble === undefined ? pending(at, runs, SOONEST) : { reading: unknown(at, trouble) }
    }
    if (job.metadata.ownerReferences?.some(({ uid }) => uid === plan.uid) !== true)
      return { reading: unknown(at, `Job ${name} in namespace ${namespace} is not the plan's: delete it`) }
    const { uid } = job.metadata
    const { items } = await client.list(pods, {
      namespace,
      labelSelector: `batch.kubernetes.io/controller-uid=${uid}`,
      signal,
    })
    const reading = verdictOf(job, items, at, spec, known?.hindrance)
    if (reading) {
      running.delete(key)
      return { reading }
    }
    const hindrance = hindranceOf(job, items, at)
    running.set(key, { name, uid, hindrance: hindrance ?? known?.hindrance })
    const age = at - instant(job.metadata.creationTimestamp)
    const again = Math.min(LATEST, Math.max(SOONEST, age / 10))
    return pending(at, hindrance === undefined ? runs : `runs as Job ${name}, but ${hindrance}`, again)
  }

  return {
    destination: ({ plan }) => `jobs of ${plan.namespace}`,
    look: async (subject, at, signal) => {
      try {
        return await read(subject, at, signal)
      } catch (error) {
        signal.throwIfAborted()
        return refused(error, at, subject)
      }
    },
    abandon: async (subject, signal) => {
      const key = keyOf(subject)
      const known = running.get(key)
      running.delete(key)
      if (known) await remove(subject.plan.namespace, known, signal)
    },
    close: () => Promise.resolve(running.clear()),
  }
}

/** What a refusal says is the server's own; what may pass is waited for, and the Job that runs meanwhile stays the one. */
function refused(error: unknown, at: number, { plan }: Subject): Look {
  if (!isApiError(error) || error.code === 429 || error.code >= 500)
    return pending(at, 'waits for the API server, which cannot be asked for its Job just now', LATEST)
  if (error.code === 403 && !error.request.startsWith('POST '))
    return {
      reading: unknown(
        at,
        `the operator may not run Jobs in namespace ${plan.namespace}: name it in the chart's gates.jobNamespaces`,
      ),
    }
  return { reading: unknown(at, `the API server refuses the Job: ${error.message}`) }
}

function keyOf({ plan, ask }: Subject): string {
  return `${plan.uid}/${ask.stage}/${ask.name}`
}

function pending(at: number, trouble: string, retryAfterMs: number): Look {
  return { reading: { ...unknown(at, trouble), pending: true }, retryAfterMs }
}

function unknown(at: number, trouble: string): Reading {
  return { at, verdict: 'unknown', trouble: clip(trouble, 250) }
}
