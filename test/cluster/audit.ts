import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

/**
 * Names a folder in which every cluster leaves its audit logs, and says which denials it provokes; it outlives the
 * cluster. From it `npm run privileges` derives which rights were used. Unset: nothing is kept.
 */
export const AUDIT_FOLDER = 'AUTONOMY_AUDIT_FOLDER'

/** The folder as an absolute path. */
export function auditFolder(): string | undefined {
  const folder = process.env[AUDIT_FOLDER]
  return folder === undefined ? undefined : resolve(folder)
}

/** Begins the name of every file that a cluster leaves in the audit folder. */
export function auditName(clusterFolder: string): string {
  return basename(clusterFolder)
}

export type Audit = { readonly file: string; readonly flags: readonly string[] }

/**
 * How a kube-apiserver is to write its audit log; undefined when nobody wants one.
 *
 * @param everything  whether a test reads the log: then every request is in it
 */
export async function auditOf(folder: string, name: string, everything: boolean): Promise<Audit | undefined> {
  const kept = auditFolder()
  if (!everything && kept === undefined) return undefined
  const file = kept === undefined ? join(folder, `${name}-audit.log`) : join(kept, `${auditName(folder)}-${name}.log`)
  const policy = join(folder, `${name}-audit-policy.yaml`)
  const steps = kept === undefined ? '' : STEPS
  await writeFile(policy, HEAD + (everything ? steps + EVERYTHING : NOT_THE_CONTROL_PLANE + steps + OF_INTEREST))
  return {
    file,
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${file}`, '--audit-log-maxsize=4096'],
  }
}

/** One event a request, at its end; a watch gives one when it starts, too. */
const HEAD = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
`

/** What tells of rights that are not asked at the API server's own door: a review, and a step that a policy asks for. */
const STEPS = `- level: RequestResponse
  verbs: [create]
  resources:
  - group: authorization.k8s.io
    resources: [subjectaccessreviews]
- level: Request
  verbs: [create]
  resources:
  - group: fleet.autonomyops.dev
    resources: [rolloutrecoveries]
`

const EVERYTHING = `- level: Metadata
`

const NOT_THE_CONTROL_PLANE = `- level: None
  users: [system:apiserver, system:kube-controller-manager, system:kube-scheduler]
- level: None
  userGroups: [system:serviceaccounts:kube-system]
`

/** The operator's account and others like it, and people as far as rollouts go. */
const OF_INTEREST = `- level: Metadata
  userGroups: [system:serviceaccounts]
- level: Metadata
  resources:
  - group: fleet.autonomyops.dev
  - group: orchestrator.autonomyops.dev
`
