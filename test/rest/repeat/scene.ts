import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import { API_VERSION } from '../../../operator/api/names.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import { until } from '../../cluster/wait.ts'
import type { Caller } from '../door.ts'
import { FLEET, type Ground, type Replica, SYSTEM } from '../ground.ts'

export const SOON = { withinMs: 30_000, everyMs: 20 } as const
const KINDS = `/apis/${API_VERSION}/namespaces/${FLEET}`
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/autonomy-rollouts`

/** What is left of a plan's past in the objects. */
export type Record = {
  readonly phase: string
  /** `Pending`, `Succeeded` or `Rejected`, one for each RolloutRecovery. */
  readonly recoveries: readonly string[]
  readonly promoted: readonly string[]
  /** Times that something is said to have been done, in the plan's own history. */
  readonly applied: number
}

/** A plan of four stages, each held by a gate until somebody approves it or skips it. */
export async function openPlan(by: Caller, plan_id: string): Promise<void> {
  const stage = { nodes: {}, allow_empty: true, gates: [{ kind: 'manual' }] }
  const body = {
    plan_id,
    artifact_ref: 'oci.example/agent:1',
    fleet: { selector: { match_labels: { nobody: plan_id } } },
    activation: { label: `fleet.autonomyops.dev/${plan_id}` },
    stages: ['s1', 's2', 's3', 's4'].map(id => ({ id, ...stage })),
  }
  const made = await by.call('POST', '/rollouts', { body })
  if (made.status !== 201) throw new Error(`${plan_id}: ${made.status} ${JSON.stringify(made.body)}`)
  const open = async () => {
    const { body: seen } = await by.call('GET', `/rollouts/${plan_id}`)
    const { phase, stages } = seen as { readonly phase: string; readonly stages: readonly { readonly phase: string }[] }
    return phase === 'active' && stages[0]?.phase === 'open'
  }
  await until(open, { what: `${plan_id} is open`, ...SOON })
}

/** Read from the API server itself, not through the surface that is tested. */
export async function recordOf({ cluster }: Ground, plan: string): Promise<Record> {
  const read = async <T>(path: string) => expectSuccess(path, await cluster.request('GET', `${KINDS}/${path}`)) as T
  // A verdict is in the plan before it is in the recovery: read the other way round, the two could contradict.
  const { items } = await read<{ readonly items: readonly RolloutRecovery[] }>('rolloutrecoveries')
  const { status } = await read<RolloutPlan>(`rolloutplans/${plan}`)
  return {
    phase: status.phase,
    recoveries: items.filter(({ spec }) => spec.planName === plan).map(recovery => recovery.status.phase),
    promoted: (status.stages ?? []).filter(({ phase }) => phase === 'promoted').map(({ id }) => id),
    applied: (status.history ?? []).filter(({ recovery }) => recovery !== undefined).length,
  }
}

/** Waits until a request on that plan has become an object. */
export async function committed(ground: Ground, plan: string): Promise<void> {
  const there = async () => (await recordOf(ground, plan)).recoveries.length > 0
  await until(there, { what: `a recovery of ${plan} is there`, ...SOON })
}

/** Waits until nothing that was asked of that plan is left to be judged. */
export async function judged(ground: Ground, plan: string): Promise<Record> {
  const done = async () => {
    const record = await recordOf(ground, plan)
    return record.recoveries.length > 0 && !record.recoveries.includes('Pending') && record
  }
  return await until(done, { what: `everything asked of ${plan} is judged`, ...SOON })
}

/** The replica that decides, and one that does not; started as far as they are missing. */
export async function leaderAndOther(ground: Ground): Promise<{ readonly leader: Replica; readonly other: Replica }> {
  const running = () => ground.replicas().filter(replica => replica.running())
  while (running().length < 2) await ground.startReplica()
  const leader = await until(
    async () => {
      const holder = await holderOf(ground)
      return running().find(({ name }) => name === holder)
    },
    { what: 'a running replica leads', ...SOON },
  )
  const other = running().find(replica => replica !== leader)
  if (other === undefined) throw new Error('there is no second replica')
  return { leader, other }
}

async function holderOf({ cluster }: Ground): Promise<string | undefined> {
  const { status, body } = await cluster.request('GET', LEASE)
  return status === 200
    ? (body as { readonly spec: { readonly holderIdentity?: string } }).spec.holderIdentity
    : undefined
}

/** Gives the lease to somebody who never comes; an empty name frees it. */
export async function giveLease({ cluster }: Ground, holderIdentity: string): Promise<void> {
  const spec = { holderIdentity, leaseDurationSeconds: 3_600 }
  const answer = await cluster.request('PATCH', LEASE, { spec }, { contentType: 'application/merge-patch+json' })
  expectSuccess('giving the lease away', answer)
}

/** Stops a process where it stands. The function returned lets it go on. */
export function freeze({ pid }: Replica): () => void {
  process.kill(pid, 'SIGSTOP')
  return () => void process.kill(pid, 'SIGCONT')
}
