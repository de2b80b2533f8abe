import { createReadStream, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { DENIALS, type Denial } from '../charts/withheld.ts'
import { type AuditEvent, type Use, usesIn } from './use.ts'

/** What happened on one cluster. */
export type ClusterLog = {
  readonly cluster: string
  readonly uses: readonly Use[]
  /** What its tests have announced to be denied. */
  readonly announced: readonly Denial[]
}

/** Reads a folder of audit logs, one `CLUSTER-kube-apiserver….log` for each API server. Equal uses are told once. */
export async function readLogs(folder: string): Promise<readonly ClusterLog[]> {
  const files = globSync('*.log', { cwd: folder }).sort()
  const clusters = Map.groupBy(files, file => basename(file).split('-kube-apiserver')[0] ?? file)
  return await Promise.all(
    [...clusters].map(async ([cluster, logs]) => ({
      cluster,
      uses: distinct((await Promise.all(logs.map(async file => await usesOf(join(folder, file))))).flat()),
      announced: await announcedIn(join(folder, `${cluster}${DENIALS}`)),
    })),
  )
}

/** What one audit log tells; equal uses are told once. */
export async function usesOf(file: string): Promise<readonly Use[]> {
  const found = new Map<string, Use>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const event = parse(line)
    for (const use of event === undefined ? [] : usesIn(event)) found.set(keyOf(use), use)
  }
  return [...found.values()]
}

/** The last line of an API server that was killed may be half of one. */
function parse(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent
  } catch {
    return undefined
  }
}

function keyOf({ by, verb, path, name, outcome }: Use): string {
  return JSON.stringify([by, verb, path, name, outcome.kind, 'role' in outcome ? outcome.role : ''])
}

function distinct(uses: readonly Use[]): readonly Use[] {
  return [...new Map(uses.map(use => [keyOf(use), use])).values()]
}

async function announcedIn(file: string): Promise<readonly Denial[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n').filter(Boolean)
  return [...new Set(lines)].map(line => JSON.parse(line) as Denial)
}
