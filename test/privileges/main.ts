import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AUDIT_FOLDER } from '../cluster/audit.ts'
import { chartGrants, unseenIn } from './chart.ts'
import { readLogs } from './log.ts'
import { prove } from './proof.ts'

/**
 * `npm run privileges -- FOLDER`: holds the audit logs that a run of tests has left in a folder against what the chart
 * grants. After a run of some tests only, it tells which grants those do not use. Exit code 1 when there are findings.
 */
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write(`privileges: name the folder that ${AUDIT_FOLDER} was when the tests ran\n`)
  process.exitCode = 2
} else {
  const home = await mkdtemp(join(tmpdir(), 'autonomy-helm-'))
  try {
    const [grants, logs] = await Promise.all([chartGrants(home), readLogs(folder)])
    const findings = [...unseenIn(grants), ...prove(grants, logs).map(({ text }) => text)]
    for (const text of findings) process.stdout.write(`${text}\n`)
    process.stdout.write(`${grants.length} grants, ${logs.length} clusters, ${findings.length} findings\n`)
    process.exitCode = findings.length > 0 ? 1 : 0
  } finally {
    await rm(home, { recursive: true })
  }
}
