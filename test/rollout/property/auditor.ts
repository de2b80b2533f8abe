import type { Cluster, Write } from './cluster.ts'
import { type Ledger, noteLandings, openLedger, violated } from './ledger.ts'
import { checkNode } from './node-rules.ts'
import { checkStatus } from './status-rules.ts'

/** Has every write checked that is committed to a cluster from now on. */
export function audit(cluster: Cluster, ledger = openLedger(cluster, false)): Ledger {
  cluster.witness = write => {
    switch (write.kind) {
      case 'status':
        noteLandings(ledger)
        return checkStatus(ledger, write)
      case 'node':
        noteLandings(ledger)
        return checkNode(ledger, write)
      case 'recovery':
        return checkVerdict(ledger, write)
      case 'list': {
        const { members } = write.frozen
        if (new Set(members.map(({ uid }) => uid)).size !== members.length)
          violated('list', `${write.stage} has doubles`)
      }
    }
  }
  return ledger
}

/** A recovery is judged once, and it has succeeded exactly when it took effect. */
function checkVerdict({ applied }: Ledger, { before, after }: Extract<Write, { kind: 'recovery' }>): void {
  const { name, uid } = after.metadata
  if (before.status.phase !== 'Pending') violated('judged twice', name)
  if ((after.status.phase === 'Succeeded') !== applied.has(uid)) violated('verdict', `${name} ${after.status.phase}`)
}
