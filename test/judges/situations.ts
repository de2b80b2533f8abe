import { expect } from 'chai'
import type { RolloutPlan, RolloutRecovery } from '../../operator/api/object.ts'
import type { PlanStatus } from '../../operator/api/rollout-plan-status.ts'
import type { RecoveryStatus, Strategy } from '../../operator/api/rollout-recovery.ts'
import type { StageSpec } from '../../operator/api/rollout-plan.ts'
import { rejected, succeeded } from '../../operator/controllers/verdict.ts'
import { at, nodes, plan, recovery, stage } from '../rollout/build.ts'
import { type World, add, ask, look, rollOut, setReady, settle, tick, world } from '../rollout/world.ts'
import { recover } from '../../operator/rollout/recovery.ts'
import type { Verdicts } from './verdicts.ts'

/** A situation of an object, and what a GitOps tool is to make of it. */
type Situation<Status> = {
  readonly title: string
  /** Reason of the condition Ready. */
  readonly reason: string
  /** As the operator process leaves it; absent: nobody has looked at the object yet. */
  readonly status?: () => Status
  readonly kstatus: Verdicts['kstatus']['status']
  readonly argocd: Verdicts['argocd']['status']
  /** Where it differs from what kstatus says. */
  readonly flux?: NonNullable<Verdicts['flux']>['status']
}

const HOUR = 3600
const under = ['InProgress', 'Progressing'] as const
const failed = ['Failed', 'Degraded'] as const
const done = ['Current', 'Healthy'] as const

type Course = typeof under | typeof failed | typeof done | readonly ['InProgress' | 'Failed', 'Suspended']

function situation<Status>(
  title: string,
  reason: string,
  [kstatus, argocd]: Course,
  status?: () => Status,
): Situation<Status> {
  return { title, reason, kstatus, argocd, ...(status === undefined ? {} : { status }) }
}

/** The status of a plan with one stage and two nodes after what was done with it. */
function left(spec: Partial<StageSpec>, happens: (here: World) => void): () => PlanStatus {
  return () => {
    const here = world(planWith(spec), nodes(2))
    happens(here)
    return here.plan.status
  }
}

const planWith = (spec: Partial<StageSpec>): RolloutPlan => plan({ stages: [stage('stage-01', spec)] })
const manual = { gates: [{ kind: 'manual' as const }] }
const soak = { kind: 'time_soak' as const, seconds: 9 * HOUR }

function waiting(here: World): void {
  here.rivals = [plan({ name: 'older', created: -9, status: { phase: 'active' } })]
  settle(here, 0)
}

/** The first node does not confirm, and times out. */
function oneFails(here: World): void {
  rollOut(here, 0, ['n01'])
  rollOut(here, 601, ['n01'])
}

const asked =
  (...strategies: readonly Strategy[]) =>
  (here: World): void => {
    settle(here, 0)
    for (const strategy of strategies) expect(ask(here, recovery(strategy), 1).kind).to.equal('applied')
    settle(here, 2)
  }

/** Every reason that a plan can have, and both sides of a reason that says different things in time. */
export const PLANS: readonly Situation<PlanStatus>[] = [
  situation('that nobody has looked at yet', 'Pending', under),
  situation('that waits for another plan', 'WaitingForPlan', under, left({}, waiting)),
  situation(
    'that has waited for another plan too long',
    'WaitingForPlan',
    failed,
    left({}, here => {
      waiting(here)
      settle(here, HOUR)
    }),
  ),
  situation(
    'whose stage is to be given its nodes',
    'Progressing',
    under,
    left({}, here => {
      // The fleet grows while each list is kept, until the stage is opened without one.
      for (const name of ['late', 'later', 'last']) {
        tick(here, 0)
        add(here, name)
      }
      tick(here, 1)
    }),
  ),
  situation(
    'whose nodes are in flight',
    'Activating',
    under,
    left({}, here => settle(here, 0)),
  ),
  situation(
    'that soaks',
    'Soaking',
    under,
    left({ gates: [soak] }, here => rollOut(here, 0)),
  ),
  situation(
    'that waits for several gates',
    'GatePending',
    under,
    left({ gates: [soak, ...manual.gates] }, here => rollOut(here, 0)),
  ),
  situation(
    'that waits for approval',
    'AwaitingApproval',
    ['InProgress', 'Suspended'],
    left(manual, here => rollOut(here, 0)),
  ),
  situation(
    'that has waited for approval too long',
    'AwaitingApproval',
    failed,
    left(manual, here => {
      rollOut(here, 0)
      settle(here, HOUR)
    }),
  ),
  situation(
    'that is stuck and was tried again',
    'AwaitingApproval',
    ['InProgress', 'Suspended'],
    left(manual, here => {
      rollOut(here, 0)
      settle(here, HOUR)
      ask(here, recovery('retry'), HOUR + 1)
      settle(here, HOUR + 2)
    }),
  ),
  situation(
    'with a gate that says no',
    'GateFailed',
    under,
    left({ maxFailures: 1, gates: [{ kind: 'health', minPercent: 100 }] }, oneFails),
  ),
  situation(
    'with nodes that are away',
    'NodesUnreachable',
    under,
    left({}, here => {
      for (const name of ['n01', 'n02']) setReady(here, name, false, 0)
      settle(here, 0)
    }),
  ),
  situation('with too many failures', 'TooManyFailures', failed, left({}, oneFails)),
  situation(
    'with a stage without nodes',
    'NoNodes',
    failed,
    left({ nodes: { selector: { matchLabels: { ring: 'none' } } } }, here => settle(here, 0)),
  ),
  situation(
    'with a stage that moved nobody',
    'NoneActivated',
    failed,
    left({ batchSize: 2, maxFailures: 2 }, here => {
      settle(here, 0)
      settle(here, 601)
    }),
  ),
  {
    ...situation('that is paused', 'Paused', ['Failed', 'Suspended'], left({}, asked('pause'))),
    flux: 'InProgress',
  },
  situation('with a stage that was halted', 'StageHalted', failed, left({}, asked('halt'))),
  situation(
    'whose members are lost',
    'MembersUnknown',
    failed,
    left({}, here => {
      settle(here, 0)
      here.lists.clear()
      settle(here, 1)
    }),
  ),
  situation(
    'whose pods cannot be seen',
    'PodsUnknown',
    under,
    left({}, here => {
      here.plan = { ...here.plan, spec: { ...here.plan.spec, activation: PODS } }
      here.pods = undefined
      settle(here, 0)
    }),
  ),
  situation('that was rolled back', 'RolledBack', failed, left({}, asked('rollback'))),
  situation('that was cancelled', 'Cancelled', failed, left({}, asked('cancel'))),
  situation(
    'that is completed',
    'Completed',
    done,
    left({}, here => rollOut(here, 0)),
  ),
  situation(
    'that is completed, with a node to be caught up later',
    'Completed',
    done,
    left({ maxUnreachable: 1 }, here => {
      setReady(here, 'n01', false, 0)
      rollOut(here, 0)
    }),
  ),
]

const PODS: RolloutPlan['spec']['activation'] = {
  label: 'fleet.autonomyops.dev/release',
  timeoutSeconds: 600,
  confirm: { kind: 'pod', namespace: 'fleet', selector: { matchLabels: { app: 'agent' } }, minReadySeconds: 0 },
}

/** The verdict on a recovery of a plan on its way. */
function verdictOn(request: RolloutRecovery): () => RecoveryStatus {
  return () => {
    const here = world(planWith({}), nodes(2))
    settle(here, 0)
    const outcome = recover(look(here), request, at(1))
    if (outcome.kind === 'refused') return rejected(request, outcome, here.plan, at(1))
    return succeeded(request, outcome.result, here.plan, at(1))
  }
}

export const RECOVERIES: readonly Situation<RecoveryStatus>[] = [
  situation('that nobody has looked at yet', '', under),
  situation('that took effect', 'Succeeded', done, verdictOn(recovery('pause'))),
  situation('that was refused', 'PlanNotPaused', failed, verdictOn(recovery('resume'))),
]
