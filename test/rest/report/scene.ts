import type { RolloutPlan } from '../../../operator/api/object.ts'
import { API_VERSION, CREDENTIALS_HOSTS, CREDENTIALS_TYPE } from '../../../operator/api/names.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import { until } from '../../cluster/wait.ts'
import { TRUST } from '../../evaluator/webhook/receiver.ts'
import type { Answer, FaultServer } from '../../kube/fault-server.ts'
import type { Caller } from '../door.ts'
import { FLEET, type Ground } from '../ground.ts'
import { SOON } from '../repeat/scene.ts'

export const SECRET = 'load-test'

/** The service takes the question on, and says nothing. */
export const takesOn: Answer = (_, response) => void response.writeHead(202).end()

/** What questions are signed with, and whom the receiver is to be trusted by. */
export async function giveKey({ succeed }: Ground): Promise<void> {
  await succeed(['create', '-n', FLEET, '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, annotations: { [CREDENTIALS_HOSTS]: '127.0.0.1' } },
    type: CREDENTIALS_TYPE,
    stringData: TRUST,
  })
}

type Gate = { readonly name: string; readonly deadlineSeconds?: number }

/** A plan of one node, whose only stage waits for these gates to be reported on. */
export async function waitingPlan(
  { succeed }: Ground,
  receiver: FaultServer,
  name: string,
  gates: readonly Gate[] = [{ name: 'load' }],
): Promise<void> {
  const webhook = { address: `${receiver.url.origin}/${name}`, signingSecret: SECRET }
  await succeed(['create', '-f', '-'], {
    apiVersion: API_VERSION,
    kind: 'RolloutPlan',
    metadata: { name, namespace: FLEET },
    spec: {
      artifactRef: 'oci.example/agent:1',
      fleet: { selector: { matchLabels: { fleet: 'robots' } } },
      activation: { label: `fleet.autonomyops.dev/${name}`, confirm: { kind: 'ready' } },
      stages: [
        {
          id: 's1',
          nodes: {},
          gates: gates.map(({ name: gate, deadlineSeconds = 3600 }) => ({
            kind: 'webhook',
            name: gate,
            intervalSeconds: 1,
            webhook: { ...webhook, callback: { deadlineSeconds } },
          })),
        },
      ],
    },
  })
}

export async function planOf({ cluster }: Ground, name: string): Promise<RolloutPlan> {
  const path = `/apis/${API_VERSION}/namespaces/${FLEET}/rolloutplans/${name}`
  return expectSuccess(path, await cluster.request('GET', path)) as RolloutPlan
}

export function gateOf({ status }: RolloutPlan, gate = 'load') {
  return status.stages?.[0]?.gates?.find(({ name }) => name === gate)
}

/** Waits for something of a plan. */
export async function planThat(
  ground: Ground,
  name: string,
  what: string,
  is: (plan: RolloutPlan) => boolean,
): Promise<RolloutPlan> {
  const look = async () => {
    const plan = await planOf(ground, name)
    return is(plan) && plan
  }
  return await until(look, { what: `${name}: ${what}`, ...SOON })
}

export type Question = {
  readonly evaluation: string
  readonly plan: string
  readonly gate: string
  readonly reportBy: string | null
}

/** The questions that a service was asked about a plan, in their order. */
export function questionsOf({ seen }: FaultServer, plan: string): readonly Question[] {
  return seen.map(({ body }) => JSON.parse(body) as Question).filter(question => question.plan === plan)
}

/** The question that the gate of a plan waits to be reported on. */
export async function awaited(ground: Ground, receiver: FaultServer, plan: string, gate = 'load'): Promise<Question> {
  await planThat(ground, plan, 'waits for a report', seen => gateOf(seen, gate)?.evidence?.reportBy !== undefined)
  const question = questionsOf(receiver, plan).findLast(asked => asked.gate === gate)
  if (question === undefined) throw new Error(`nobody was asked about ${plan}`)
  return question
}

export async function report(
  by: Caller,
  plan: string,
  evaluation: string,
  state: 'passed' | 'failed' | 'unknown',
  { detail = 'p99 180 ms', query = '' } = {},
) {
  const path = `/namespaces/${FLEET}/rollouts/${plan}/gate-report${query}`
  const { status, body, headers } = await by.call('POST', path, { body: { evaluation, state, detail } })
  return {
    status,
    replayed: headers['idempotent-replayed'] === 'true',
    body: body as { readonly error?: string; readonly message?: string; readonly recovery?: string },
  }
}
