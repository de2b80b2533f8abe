import type { ObjectMeta } from '../../kube/object.ts'
import { defineResource } from '../../kube/resource.ts'

/** As much of the kinds as gates read; what else a CronJob's template has is handed on as it is. */

type Env = { readonly name: string; readonly [field: string]: unknown }
export type Container = { readonly name: string; readonly env?: readonly Env[]; readonly [field: string]: unknown }
type Marks = {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}
export type PodTemplate = {
  readonly metadata?: Marks
  readonly spec: {
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly [field: string]: unknown
  }
}

export type CronJob = {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly jobTemplate: { readonly metadata?: Marks; readonly spec: { readonly template: PodTemplate } }
  }
}

type Condition = {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

export type Job = {
  readonly metadata: ObjectMeta
  readonly spec: object
  readonly status?: { readonly conditions?: readonly Condition[] }
}

type Terminated = { readonly exitCode: number; readonly reason?: string; readonly message?: string }

export type ContainerStatus = {
  readonly name: string
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly terminated?: Terminated
  }
}

export type Pod = {
  readonly metadata: ObjectMeta
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly Condition[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

export const cronJobs = defineResource<CronJob>({
  group: 'batch',
  version: 'v1',
  plural: 'cronjobs',
  kind: 'CronJob',
  namespaced: true,
})

export const jobs = defineResource<Job>({
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
})

export const pods = defineResource<Pod>({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true })
