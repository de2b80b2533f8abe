/** Names that other software depends on: API group, kinds, and the label and annotations written to nodes. */

export const GROUP = 'fleet.autonomyops.dev'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}` as const

/** Group of the aggregated API; RBAC for every action is asked in it, whichever door the action comes through. */
export const ORCHESTRATOR_GROUP = 'orchestrator.autonomyops.dev'

/** Prefix of everything the operator may write to a Node. */
export const NODE_PREFIX = `${GROUP}/` as const

/** The default activation label: its value on a node is the release the node should run. */
export const RELEASE_LABEL = `${GROUP}/release` as const

/** Annotations that an activation by the default label leaves on a node. */
export const ANNOTATION = {
  artifact: `${GROUP}/artifact`,
  plan: `${GROUP}/plan`,
  planUid: `${GROUP}/plan-uid`,
  stage: `${GROUP}/stage`,
  attempt: `${GROUP}/attempt`,
  activatedAt: `${GROUP}/activated-at`,
  previous: `${GROUP}/previous`,
  dismissed: `${GROUP}/dismissed-report`,
} as const

type Annotations = { readonly [K in keyof typeof ANNOTATION]: string }

/** So long the name of an activation label may be, prefix included, that all annotations derived from it are valid. */
export const LONGEST_LABEL = NODE_PREFIX.length + 63 - '.dismissed-report'.length

const derived = new Map<string, Annotations>([[RELEASE_LABEL, ANNOTATION]])

/**
 * Annotations that an activation leaves on a node, a set for each activation label: plans with different labels move
 * the same node side by side, and must not take each other's marks for their own. `…/firmware` has `…/firmware.plan-uid`.
 */
export function annotationsOf(label: string): Annotations {
  let own = derived.get(label)
  if (!own) {
    const entries = Object.entries(ANNOTATION).map(([key, name]) => [key, `${label}.${name.slice(NODE_PREFIX.length)}`])
    derived.set(label, (own = Object.fromEntries(entries) as Annotations))
  }
  return own
}

/** Where a node's agent writes the release it runs, unless the plan names another annotation. */
export const REPORT_ANNOTATION = `${GROUP}/running-release` as const

/** Type of a Secret that gates may show to the hosts in its annotation. A Secret's type cannot be changed. */
export const CREDENTIALS_TYPE = `${GROUP}/gate-credentials` as const
/** Hosts, separated by commas, to which a Secret of that type may be shown. */
export const CREDENTIALS_HOSTS = `${GROUP}/gate-hosts` as const

/** Labels on ControllerRevisions that hold a stage's frozen members, and on Jobs of its gates. */
export const PLAN_UID_LABEL = `${GROUP}/plan-uid` as const
export const STAGE_LABEL = `${GROUP}/stage` as const
/** Labels on Jobs alone. */
export const PLAN_LABEL = `${GROUP}/plan` as const
export const GATE_LABEL = `${GROUP}/gate` as const

/**
 * Annotations on plans and recoveries that say who asked and through which door. Admission policy lets nobody but the
 * operator's own account set them, but for `createdBy`, which it stamps with the verified caller itself.
 */
export const PROVENANCE = {
  /** User name of who created a plan, as the API server verified it. */
  createdBy: `${GROUP}/created-by`,
  /** `aggregated` or `direct`; absent on what came through `kubectl apply`. */
  door: `${GROUP}/door`,
  /** UID of the verified user, where the authenticator knows one. */
  userUid: `${GROUP}/user-uid`,
  /** The name the caller claimed (X-Autonomy-Operator); never believed. */
  claimedOperator: `${GROUP}/claimed-operator`,
  /** Joins with kube-apiserver's own audit log. */
  auditId: `${GROUP}/audit-id`,
  /** Digest of the request, by which a repeat is recognised. */
  request: `${GROUP}/request`,
  /** Digest of the Idempotency-Key. */
  idempotencyKey: `${GROUP}/idempotency-key`,
} as const
