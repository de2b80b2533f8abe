import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { OPERATOR } from '../charts/account.ts'
import { pause } from '../cluster/wait.ts'
import { ownWorld } from './harness/world.ts'

type AuditLine = {
  readonly stage: string
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
}

const QUIET_MS = 4_000
const NODES = 20
const BATCHES = NODES / 5
/** For each batch the mark and what it led to, and the plan's own transitions; measured: 15. */
const MOST_STATUS_WRITES = BATCHES * 4 + 10

describe('writes of a rollout', () => {
  const world = ownWorld({ kwok: true, auditLog: true })

  function writes(): readonly string[] {
    return readFileSync(world.cluster().apiServer.auditLog ?? '', 'utf8')
      .split('\n')
      .filter(line => line.includes('"ResponseComplete"'))
      .map(line => JSON.parse(line) as AuditLine)
      .filter(({ user, verb }) => user.username === OPERATOR && ['create', 'update', 'patch', 'delete'].includes(verb))
      .map(
        ({ verb, objectRef: { resource = '', subresource } = {} }) =>
          `${verb} ${[resource, subresource].filter(Boolean).join('/')}`,
      )
      .filter(write => !write.endsWith(' events') && !write.endsWith(' leases'))
  }

  it('are one patch for each node, a bounded number for the plan, and none at all once it is completed', async function () {
    this.timeout(90_000)
    const scene = await world.scene('budget', { nodes: NODES })
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', batchSize: 5 }] })
    await scene.until('it is completed', plan => plan.status.phase === 'completed', { withinMs: 60_000 })
    await pause(QUIET_MS)
    const made = writes()
    const count = (write: string) => made.filter(one => one === write).length
    expect(count('patch nodes')).to.equal(NODES)
    expect(count('create controllerrevisions')).to.equal(1)
    expect(count('update rolloutplans/status')).to.be.within(BATCHES, MOST_STATUS_WRITES)
    expect(made).to.have.length(count('patch nodes') + count('update rolloutplans/status') + 1)
    await pause(QUIET_MS)
    expect(writes()).to.have.length(made.length)
  })
})
