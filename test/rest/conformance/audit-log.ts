import { readFile } from 'node:fs/promises'
import type { Ground } from '../ground.ts'

/** What kube-apiserver wrote down of a request: who, and how it read the path. */
export type AuditEvent = {
  readonly auditID: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource?: string
    readonly subresource?: string
    readonly name?: string
    readonly namespace?: string
  }
  readonly responseStatus?: { readonly code: number }
}

/** Its audit log so far. */
export async function auditLog({ cluster }: Ground): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(cluster.apiServer.auditLog ?? '', 'utf8')).split('\n')
  // The last one is being written.
  return lines.slice(0, -1).map(line => JSON.parse(line) as AuditEvent)
}
