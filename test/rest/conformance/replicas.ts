import { until } from '../../cluster/wait.ts'
import { type Flags, type Ground, type Replica, SYSTEM } from '../ground.ts'

const SOON = { withinMs: 30_000, everyMs: 50 } as const
/** No door: it only leads. */
export const BEHIND: Flags = { 'rest-address': 'off' }

/** Starts a replica, and resolves when its door is open; one without a door has started then. */
export async function startOpen(ground: Ground, flags: Flags = {}): Promise<Replica> {
  const replica = await ground.startReplica(flags)
  const word = flags === BEHIND ? '"started"' : '"serving"'
  await until(() => replica.log(500).includes(`"msg":${word}`), { what: `${replica.name} is open`, ...SOON })
  return replica
}

export function running({ replicas }: Ground): readonly Replica[] {
  return replicas().filter(replica => replica.running())
}

export async function leader(ground: Ground): Promise<Replica> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/autonomy-rollouts`
  const look = async () => {
    const { body } = await ground.cluster.request('GET', path)
    const { holderIdentity } = (body as { readonly spec: { readonly holderIdentity?: string } }).spec
    return running(ground).find(({ name }) => name === holderIdentity)
  }
  return await until(look, { what: 'a replica that runs leads', ...SOON })
}

export async function follower(ground: Ground): Promise<Replica> {
  const leading = await leader(ground)
  const found = running(ground).find(replica => replica !== leading)
  if (found === undefined) throw new Error('only the leader is running')
  return found
}

export async function killAll(ground: Ground): Promise<void> {
  await Promise.all(running(ground).map(async replica => await replica.kill()))
}

/** Freezes a replica for as long as some work takes: its connections stay open, and nobody answers. */
export async function whileFrozen(replica: Replica, work: () => Promise<void>): Promise<void> {
  process.kill(replica.pid, 'SIGSTOP')
  try {
    await work()
  } finally {
    process.kill(replica.pid, 'SIGCONT')
  }
}
