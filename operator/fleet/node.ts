import { NODE_PREFIX } from '../api/names.ts'

/** What the operator keeps of a core/v1 Node: identity, labels, annotations it may need, readiness. */
export type FleetNode = {
  readonly apiVersion: 'v1'
  readonly kind: 'Node'
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly labels: { readonly [key: string]: string }
    readonly annotations: { readonly [key: string]: string }
  }
  /** The Ready condition; a node that has none yet is not ready. */
  readonly ready: { readonly ok: boolean; readonly since: number; readonly detail: string }
}

type WireNode = {
  readonly metadata: Omit<FleetNode['metadata'], 'labels' | 'annotations'> &
    Partial<Pick<FleetNode['metadata'], 'labels' | 'annotations'>>
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly lastTransitionTime?: string
    }[]
  }
}

/** Annotations of others that are longer than this are bookkeeping; agents report in far less. Our own are all kept. */
const LONGEST_ANNOTATION = 1024

/** Keeps of a Node, as it comes over the wire, what decisions are made from. */
export function trimNode(raw: unknown): FleetNode {
  const { metadata, status } = raw as WireNode
  const ready = status?.conditions?.find(condition => condition.type === 'Ready')
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key, value]) => key.startsWith(NODE_PREFIX) || value.length <= LONGEST_ANNOTATION,
  )
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: metadata.name,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
      labels: metadata.labels ?? {},
      annotations: Object.fromEntries(annotations),
    },
    ready: {
      ok: ready?.status === 'True',
      since: Date.parse(ready?.lastTransitionTime ?? metadata.creationTimestamp),
      detail: ready ? `node is not Ready (${ready.reason ?? ready.status})` : 'node has never been Ready',
    },
  }
}
