import { ORCHESTRATOR_GROUP as GROUP } from '../../api/names.ts'
import { GROUP_PREFIX } from '../path.ts'
import { rollout, rolloutList } from '../schema/bodies.ts'
import { jsonSchema } from '../schema/check.ts'

const NAME = 'dev.autonomyops.orchestrator.v1.Rollout'
const ACTIONS = { get: 'get', list: 'list' } as const

function kindOf(kind: string) {
  return [{ group: GROUP, version: 'v1', kind }]
}

function schemaRef(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

/** The document from which kubectl explains `rollouts` and checks what it is given: OpenAPI 3.0, as kube-apiserver has it. */
export function kubernetesDocument(): object {
  const operation = (action: keyof typeof ACTIONS, name: string, kind: string) => ({
    operationId: `${action}Rollout`,
    tags: ['orchestrator_v1'],
    'x-kubernetes-action': ACTIONS[action],
    'x-kubernetes-group-version-kind': kindOf('Rollout')[0],
    responses: { '200': { description: kind, content: { 'application/json': { schema: schemaRef(name) } } } },
  })
  const item = { get: operation('get', NAME, 'Rollout') }
  const list = { get: operation('list', `${NAME}List`, 'RolloutList') }
  return {
    openapi: '3.0.0',
    info: { title: 'autonomy-rollouts', version: 'v1' },
    paths: {
      [`${GROUP_PREFIX}/rollouts`]: list,
      [`${GROUP_PREFIX}/rollouts/{name}`]: item,
      [`${GROUP_PREFIX}/namespaces/{namespace}/rollouts`]: list,
      [`${GROUP_PREFIX}/namespaces/{namespace}/rollouts/{name}`]: item,
    },
    components: {
      schemas: {
        [NAME]: { ...jsonSchema(rollout), 'x-kubernetes-group-version-kind': kindOf('Rollout') },
        [`${NAME}List`]: { ...jsonSchema(rolloutList), 'x-kubernetes-group-version-kind': kindOf('RolloutList') },
      },
    },
  }
}
