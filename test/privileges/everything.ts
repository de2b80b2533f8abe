import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { AUDIT_FOLDER, auditFolder } from '../cluster/audit.ts'
import { chartGrants, unseenIn } from './chart.ts'
import type { Grant } from './grant.ts'
import { type ClusterLog, readLogs } from './log.ts'
import { prove } from './proof.ts'

/** The last step of the everyday suite; by itself it has nothing to read (CONTRIBUTING.md). */
describe('rights that the chart grants', () => {
  let grants: readonly Grant[] = []
  let logs: readonly ClusterLog[] = []

  before(async () => {
    const folder = auditFolder()
    if (folder === undefined) throw new Error(`${AUDIT_FOLDER} names no folder with the audit logs of a run`)
    const home = await mkdtemp(join(tmpdir(), 'autonomy-helm-'))
    try {
      ;[grants, logs] = await Promise.all([chartGrants(home), readLogs(folder)])
    } finally {
      await rm(home, { recursive: true })
    }
    const asked = logs.flatMap(({ uses }) => uses)
    expect(asked.some(({ by }) => by === 'operator')).to.equal(true, 'no operator is in the audit logs')
    expect(asked.some(({ by }) => by === 'people')).to.equal(true, 'nobody is in the audit logs')
  })

  it('are all looked at', () => {
    expect(unseenIn(grants)).to.deep.equal([])
  })

  it('are all used by the operator in this run, and it asks for nothing else', () => {
    expect(textsOf('operator')).to.deep.equal([])
  })

  it('are all used by people in this run', () => {
    expect(textsOf('people')).to.deep.equal([])
  })

  function textsOf(holder: Grant['holder']): readonly string[] {
    return prove(grants, logs).flatMap(({ about, text }) => (about === holder ? [text] : []))
  }
})
