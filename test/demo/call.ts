import type { Condition, PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import { until } from '../cluster/wait.ts'
import type { Facts } from './fact.ts'
import type { Replica } from './replica.ts'
import type { Scenery } from './scenery.ts'
import type { Screen } from './screen.ts'
import type { Witness } from './witness.ts'

/** What every act works with. */
export type Call = Scenery & {
  readonly screen: Screen
  readonly facts: Facts
  readonly witness: Witness
  /** The operator processes, in the order they were started. */
  readonly replicas: readonly Replica[]
  readonly signal: AbortSignal
}

/** Waits until the plan's status is as wanted, and gives it. */
export async function planUntil(
  { witness, signal }: Call,
  name: string,
  what: string,
  wanted: (status: PlanStatus) => boolean,
  withinMs = 60_000,
): Promise<PlanStatus> {
  try {
    return await until(
      () => {
        const status = witness.plan(name)?.status
        return status !== undefined && wanted(status) && status
      },
      { what: `plan ${name}: ${what}`, withinMs, signal },
    )
  } catch (error) {
    const seen = JSON.stringify(witness.plan(name)?.status?.conditions?.[0])
    throw new Error(`waited in vain; the plan says ${seen}`, { cause: error })
  }
}

export function conditionOf(status: PlanStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find(condition => condition.type === type)
}

export function stageOf(status: PlanStatus | undefined, id: string) {
  return status?.stages?.find(stage => stage.id === id)
}

/** Applies a recovery as the person on call does, and waits for its verdict. */
export async function recoverWith(call: Call, file: string, name: string) {
  await call.alice.show(`apply -f examples/fleet/recoveries/${file}`)
  const judged = await until(
    () => {
      const recovery = call.witness.recovery(name)
      return recovery?.status.phase !== undefined && recovery.status.phase !== 'Pending' && recovery
    },
    { what: `recovery ${name} is judged`, withinMs: 20_000, signal: call.signal },
  )
  await call.alice.show(`get rrec ${name} -n fleet -o wide`)
  return judged
}

/** The replica that holds the lease. */
export async function leaderOf(call: Call): Promise<Replica> {
  return await until(
    async () => {
      const holder = await call.alice.quiet(
        'get lease autonomy-rollouts -n autonomy-system -o jsonpath={.spec.holderIdentity}',
      )
      return call.replicas.find(replica => replica.name === holder && replica.running())
    },
    { what: 'a replica leads', withinMs: 30_000, everyMs: 250, signal: call.signal },
  )
}
