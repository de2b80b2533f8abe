import { API_VERSION } from '../../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import { until } from '../../cluster/wait.ts'
import { type Caller, exchange } from '../door.ts'
import { FLEET } from '../ground.ts'
import { type Action, PEOPLE, STAGES } from './sequence.ts'

/** What came of an action, the same in words for both paths. */
export type Verdict = {
  readonly code: string
  readonly previous?: string
  readonly next?: string
  readonly skipped?: string
}

/** A way to ask for something. */
export type Path = {
  readonly name: 'rest' | 'apply'
  create(plan: string): Promise<void>
  act(plan: string, action: Action, position: number): Promise<Verdict>
}

const KINDS = `/apis/${API_VERSION}/namespaces/${FLEET}`
const SOON = { withinMs: 60_000, everyMs: 10 } as const

/** Stages that select no node and wait for an approval: the plan moves when somebody asks, and only then. */
function specOf(name: string) {
  return {
    artifactRef: 'oci.example/agent:1',
    release: 'r1',
    fleet: { selector: { matchLabels: { nobody: name } } },
    stages: STAGES.map(id => ({ id, nodes: {}, allowEmpty: true, gates: [{ kind: 'manual', approvals: 1 }] })),
  }
}

function reasonOf(position: number): string {
  return `action ${position} of the sequence`
}

/** On a question that no gate of these plans has asked. */
function reportOn(stage = '', gate = '') {
  return { evaluation: `a-uid/${stage}/${gate}/1773821400000`, state: 'passed' } as const
}

/** Through /v1/rollouts. */
export function restPath(callers: readonly Caller[]): Path {
  const by = (who: number) => callers[who] ?? callers[0]!
  return {
    name: 'rest',
    create: async plan => {
      const { artifactRef, stages, fleet, release } = specOf(plan)
      const body = {
        plan_id: plan,
        artifact_ref: artifactRef,
        release,
        fleet: { selector: { match_labels: fleet.selector.matchLabels } },
        stages: stages.map(({ allowEmpty, ...stage }) => ({ ...stage, allow_empty: allowEmpty })),
      }
      const { status, body: answer } = await by(0).call('POST', '/rollouts', { body })
      if (status !== 201) throw new Error(`POST /rollouts: ${status} ${JSON.stringify(answer)}`)
    },
    act: async (plan, { strategy, who, stageId, gate }, position) => {
      const reason = reasonOf(position)
      const stage = stageId === undefined ? {} : { stage_id: stageId }
      const caller = by(who)
      const post = async (path: string, body: object) => await caller.call('POST', `/rollouts/${plan}${path}`, { body })
      const send = async () => {
        switch (strategy) {
          case 'rollback':
          case 'retry':
          case 'skip_failed':
            return await post('/recover', { strategy, reason, ...stage, ...(gate === undefined ? {} : { gate }) })
          case 'halt':
          case 'pause':
          case 'resume':
            return await post(`/${strategy}`, { reason, ...stage })
          case 'approve':
            return await post(`/stages/${stageId}/gates/manual/approve`, { reason })
          case 'gate-report':
            return await post('/gate-report', { ...reportOn(stageId, gate), detail: reason })
          case 'cancel':
            return await caller.call('DELETE', `/rollouts/${plan}`, { body: { reason } })
        }
      }
      const { status, body } = await send()
      const answer = body as {
        readonly error?: string
        readonly previous_phase?: string
        readonly new_phase?: string
        readonly skipped_stage_id?: string
        readonly skipped_gate?: string
        readonly message?: string
      }
      if (status >= 500) throw new Error(`${strategy} of ${plan}: ${status} ${answer.message}`)
      const { error = 'done', previous_phase, new_phase, skipped_stage_id, skipped_gate } = answer
      return verdict(error, previous_phase, new_phase, skipped_stage_id ?? skipped_gate)
    },
  }
}

/** As kubectl apply does, by the same people. */
export function applyPath(callers: readonly Caller[]): Path {
  const send = async (who: number, kind: string, object: object) => {
    const answer = await exchange(callers[who] ?? callers[0]!, 'POST', `${KINDS}/${kind}`, { body: object })
    if (answer.status !== 201) throw new Error(`POST ${kind}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  return {
    name: 'apply',
    create: async plan => {
      await send(0, 'rolloutplans', {
        apiVersion: API_VERSION,
        kind: 'RolloutPlan',
        metadata: { name: plan },
        spec: specOf(plan),
      })
    },
    act: async (plan, { strategy, who, stageId, gate }, position) => {
      const name = `${plan}-${position}`
      const spec = {
        planName: plan,
        strategy,
        reason: reasonOf(position),
        ...(stageId === undefined ? {} : { stageId }),
        ...(gate === undefined ? {} : { gate }),
        ...(strategy === 'gate-report' ? { report: reportOn(stageId, gate) } : {}),
      }
      await send(who, 'rolloutrecoveries', {
        apiVersion: API_VERSION,
        kind: 'RolloutRecovery',
        metadata: { name },
        spec,
      })
      const judged = async () => {
        const answer = await exchange(callers[who] ?? callers[0]!, 'GET', `${KINDS}/rolloutrecoveries/${name}`)
        if (answer.status !== 200) throw new Error(`GET ${name}: ${answer.status} ${JSON.stringify(answer.body)}`)
        const { status } = answer.body as RolloutRecovery
        return status.phase !== 'Pending' && status
      }
      const status = await until(judged, { what: `the verdict on ${name}`, ...SOON })
      // An approval and a cancellation answer something else through REST than what they did.
      const told = strategy !== 'approve' && strategy !== 'cancel'
      return status.phase === 'Rejected'
        ? verdict(status.code ?? '')
        : told
          ? verdict('done', status.previousPhase, status.newPhase, status.skippedStageId ?? status.skippedGate)
          : verdict('done')
    },
  }
}

function verdict(code: string, previous?: string, next?: string, skipped?: string): Verdict {
  return {
    code,
    ...(previous === undefined ? {} : { previous }),
    ...(next === undefined ? {} : { next }),
    ...(skipped === undefined ? {} : { skipped }),
  }
}

/** The plan at rest: what a later look will find, too. */
export async function planAtRest(caller: Caller, plan: string): Promise<RolloutPlan> {
  const read = async () => {
    const { status, body } = await exchange(caller, 'GET', `${KINDS}/rolloutplans/${plan}`)
    if (status !== 200) throw new Error(`GET ${plan}: ${status} ${JSON.stringify(body)}`)
    return body as RolloutPlan
  }
  return await until(
    async () => {
      const found = await read()
      const { phase, stages = [], currentStageId, conditions = [] } = found.status
      if (phase === 'published' || found.status.observedGeneration === undefined) return undefined
      // A step was just taken, and what the plan waits for now is written next.
      if (conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Progressing')) return undefined
      const current = stages.find(({ id }) => id === currentStageId)
      // An approval, or a skipped gate, has been counted when its gate says so, or the stage is promoted for it.
      const given = (current?.approvals?.length ?? 0) + (current?.skippedGates?.length ?? 0)
      const approved = phase === 'active' && current?.phase === 'open' && given > 0
      const running = phase === 'active' || phase === 'paused'
      const asked = current?.members !== undefined && (current.gates?.length ?? 0) > 0
      const opening =
        (phase === 'active' && current?.phase !== 'open') || (running && current?.phase === 'open' && !asked)
      return approved || opening ? undefined : found
    },
    { what: `${plan} comes to rest`, ...SOON },
  )
}

export { PEOPLE }
