/** What the operator keeps of a core/v1 Pod: where it runs, whether it is Ready, why it is not. */
export type FleetPod = {
  readonly apiVersion: 'v1'
  readonly kind: 'Pod'
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly labels: { readonly [key: string]: string }
  }
  readonly nodeName: string
  readonly terminating: boolean
  /** Since when the Ready condition has been what it is; epoch milliseconds. */
  readonly ready: { readonly ok: boolean; readonly since: number }
  readonly fault: PodFault | undefined
}

/** Why a pod will hardly become Ready, or stay so, by itself, as its containers say. */
export type PodFault = {
  readonly kind: 'crash' | 'pull' | 'config' | 'evicted'
  /** The kubelet's reason, such as CrashLoopBackOff or ImagePullBackOff. */
  readonly reason: string
  readonly detail: string
  /** When it last happened, where the kubelet says; epoch milliseconds. */
  readonly at: number | undefined
}

type WireContainer = {
  readonly name: string
  readonly restartCount?: number
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly finishedAt?: string }
  }
  readonly lastState?: {
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly finishedAt?: string }
  }
}

type WirePod = {
  readonly metadata: Omit<FleetPod['metadata'], 'labels'> & {
    readonly labels?: { readonly [key: string]: string }
    readonly deletionTimestamp?: string
  }
  readonly spec?: { readonly nodeName?: string }
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly lastTransitionTime?: string
    }[]
    readonly containerStatuses?: readonly WireContainer[]
    readonly initContainerStatuses?: readonly WireContainer[]
  }
}

/** Waiting reasons of the kubelet that a person has to do something about. */
const FAULTS: { readonly [reason: string]: PodFault['kind'] } = {
  CrashLoopBackOff: 'crash',
  ErrImagePull: 'pull',
  ImagePullBackOff: 'pull',
  InvalidImageName: 'pull',
  ErrImageNeverPull: 'pull',
  RegistryUnavailable: 'pull',
  CreateContainerConfigError: 'config',
  CreateContainerError: 'config',
  RunContainerError: 'config',
}

/** Keeps of a Pod, as it comes over the wire, what decisions are made from. */
export function trimPod(raw: unknown): FleetPod {
  const { metadata, spec, status } = raw as WirePod
  const ready = status?.conditions?.find(condition => condition.type === 'Ready')
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
      labels: metadata.labels ?? {},
    },
    nodeName: spec?.nodeName ?? '',
    terminating: metadata.deletionTimestamp !== undefined,
    ready: {
      ok: ready?.status === 'True',
      since: Date.parse(ready?.lastTransitionTime ?? metadata.creationTimestamp),
    },
    fault: faultOf(status),
  }
}

/** From so many restarts on, a container that ended in error is in a crash loop also while it runs for a moment. */
const LOOP_RESTARTS = 2

function faultOf(status: WirePod['status']): PodFault | undefined {
  if (status?.phase === 'Failed')
    return { kind: 'evicted', reason: status.reason ?? 'PodFailed', detail: status.message ?? '', at: undefined }
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const { name, state, restartCount = 0 } = container
    const reason = state?.waiting?.reason ?? ''
    const kind = FAULTS[reason]
    const ended = state?.terminated ?? container.lastState?.terminated
    const at = ended?.finishedAt ? Date.parse(ended.finishedAt) : undefined
    if (kind === 'crash' || (!kind && restartCount >= LOOP_RESTARTS && (ended?.exitCode ?? 0) !== 0)) {
      const why = ended?.reason ? ` (${ended.reason})` : ''
      const detail = `container ${name} exited with code ${ended?.exitCode ?? '?'}${why}, ${restartCount} restarts`
      return { kind: 'crash', reason: 'CrashLoopBackOff', detail, at }
    }
    if (kind) return { kind, reason, detail: `container ${name}: ${state?.waiting?.message ?? reason}`, at }
  }
  return undefined
}

/** Whether two versions of a pod differ in anything a decision reads. */
export function podChanged(a: FleetPod, b: FleetPod): boolean {
  return (
    a.metadata.uid !== b.metadata.uid ||
    a.nodeName !== b.nodeName ||
    a.terminating !== b.terminating ||
    a.ready.ok !== b.ready.ok ||
    a.ready.since !== b.ready.since ||
    a.fault?.reason !== b.fault?.reason ||
    a.fault?.at !== b.fault?.at
  )
}
