import { API_VERSION } from '../../../operator/api/names.ts'
import type { RolloutPlan, RolloutRecovery } from '../../../operator/api/object.ts'
import { expectSuccess } from '../../cluster/admin-client.ts'
import { until } from '../../cluster/wait.ts'
import type { Ground } from '../ground.ts'

export const PREFIX = '/apis/orchestrator.autonomyops.dev/v1'

/** Bodies of POST /rollouts: a plan that selects no node and so stays active in its first stage. */
export function planBody(name: string): object {
  return {
    plan_id: name,
    artifact_ref: 'oci.example/agent:1',
    release: 'r1',
    fleet: { selector: { match_labels: { of: name } } },
    stages: [
      { id: 's1', nodes: {}, gates: [{ kind: 'manual' }] },
      { id: 's2', nodes: {} },
    ],
  }
}

/** Creates such plans as RolloutPlan objects, and resolves when the operator has opened their first stage. */
export async function createPlans(ground: Ground, namespace: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const manifest = {
      apiVersion: API_VERSION,
      kind: 'RolloutPlan',
      metadata: { name, namespace },
      spec: {
        artifactRef: 'oci.example/agent:1',
        release: 'r1',
        fleet: { selector: { matchLabels: { of: name } } },
        stages: [
          { id: 's1', nodes: {}, gates: [{ kind: 'manual' }] },
          { id: 's2', nodes: {} },
        ],
      },
    }
    const path = `/apis/${API_VERSION}/namespaces/${namespace}/rolloutplans`
    const created = await until(
      async () => {
        const answer = await ground.cluster.request('POST', path, manifest)
        // Admission policies know a new kind a moment after it is served.
        return answer.status !== 503 && answer
      },
      { what: `plan ${name} can be created`, withinMs: 20_000 },
    )
    expectSuccess(`creating plan ${name}`, created)
  }
  const open = (plan: RolloutPlan) => plan.status.phase === 'active'
  await until(async () => (await plansIn(ground, namespace)).filter(open).length >= names.length, {
    what: `the plans of ${namespace} are active`,
    withinMs: 20_000,
  })
}

export async function plansIn(ground: Ground, namespace: string): Promise<readonly RolloutPlan[]> {
  return await itemsOf<RolloutPlan>(ground, namespace, 'rolloutplans')
}

export async function recoveriesIn(ground: Ground, namespace: string): Promise<readonly RolloutRecovery[]> {
  return await itemsOf<RolloutRecovery>(ground, namespace, 'rolloutrecoveries')
}

export async function phasesIn(ground: Ground, namespace: string): Promise<{ readonly [plan: string]: string }> {
  return Object.fromEntries((await plansIn(ground, namespace)).map(plan => [plan.metadata.name, plan.status.phase]))
}

/** Name and version of everything in a namespace that a request could have changed. */
export async function versionsIn(ground: Ground, namespace: string): Promise<readonly string[]> {
  const objects = [...(await plansIn(ground, namespace)), ...(await recoveriesIn(ground, namespace))]
  return objects.map(({ metadata: { name, resourceVersion } }) => `${name}@${resourceVersion}`)
}

async function itemsOf<T>({ cluster }: Ground, namespace: string, plural: string): Promise<readonly T[]> {
  const { body } = await cluster.request('GET', `/apis/${API_VERSION}/namespaces/${namespace}/${plural}`)
  return (body as { readonly items: readonly T[] }).items
}

/** kube-apiserver looks at the OpenAPI of a new APIService a second after it was made, and again when it changes. */
export async function openApiKnown({ succeed }: Ground): Promise<void> {
  const known = async () => (await succeed(['get', '--raw', '/openapi/v3'])).includes(PREFIX.slice(1))
  await until(known, { what: 'kube-apiserver lists the OpenAPI document', withinMs: 15_000 })
}
