import { ORCHESTRATOR_GROUP as GROUP } from '../../api/names.ts'
import { GROUP_PREFIX } from '../path.ts'
import { rollout, rolloutList } from '../schema/bodies.ts'
import { jsonSchema } from '../schema/check.ts'

const NAME = 'dev.autonomyops.orchestrator.v1.Rollout'

const KINDS = { get: ['Rollout', NAME], list: ['RolloutList', `${NAME}List`] } as const

function kindOf(kind: string) {
  return { group: GROUP, version: 'v1', kind }
}

function inPath(name: string, description: string) {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } }
}

const PLAN = inPath('name', 'Name of the plan.')
const NAMESPACE = inPath('namespace', 'Namespace of the plans.')

/**
 * The document from which kubectl explains `rollouts`: OpenAPI 3.0, as kube-apiserver has it.
 *
 * kubectl finds the schema by the group, version and kind that both the schema and a GET of the resource's path carry.
 */
export function kubernetesDocument(): object {
  const operation = (action: keyof typeof KINDS, namespaced: boolean) => {
    const [kind, schema] = KINDS[action]
    return {
      operationId: `${action}OrchestratorV1${namespaced ? 'Namespaced' : ''}Rollout`,
      description: action === 'get' ? 'Shows a plan.' : 'Lists the plans of a namespace.',
      tags: ['orchestrator_v1'],
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': kindOf('Rollout'),
      responses: {
        '200': {
          description: kind,
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
        },
      },
    }
  }
  return {
    openapi: '3.0.0',
    info: { title: 'autonomy-rollouts', version: 'v1' },
    paths: {
      [`${GROUP_PREFIX}/rollouts`]: { get: operation('list', false) },
      [`${GROUP_PREFIX}/rollouts/{name}`]: { parameters: [PLAN], get: operation('get', false) },
      [`${GROUP_PREFIX}/namespaces/{namespace}/rollouts`]: { parameters: [NAMESPACE], get: operation('list', true) },
      [`${GROUP_PREFIX}/namespaces/{namespace}/rollouts/{name}`]: {
        parameters: [NAMESPACE, PLAN],
        get: operation('get', true),
      },
    },
    components: {
      schemas: {
        [NAME]: { ...jsonSchema(rollout), 'x-kubernetes-group-version-kind': [kindOf('Rollout')] },
        [`${NAME}List`]: { ...jsonSchema(rolloutList), 'x-kubernetes-group-version-kind': [kindOf('RolloutList')] },
      },
    },
  }
}
