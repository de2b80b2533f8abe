import { ORCHESTRATOR_GROUP as GROUP } from '../../api/names.ts'
import { type Entity, entityOf } from '../entity.ts'
import { description } from '../openapi/description.ts'
import { kubernetesDocument } from '../openapi/kubernetes.ts'
import type { Document } from '../others.ts'
import { GROUP_PREFIX } from '../path.ts'

const VERSION = 'v1'
const KIND = { group: GROUP, version: VERSION, kind: 'Rollout' } as const

/** Subresources with the verbs that RBAC knows them by. */
const SUBRESOURCES = [
  ['recover', ['create']],
  ['halt', ['create']],
  ['pause', ['create']],
  ['resume', ['create']],
  ['gate-report', ['create']],
  ['stages', ['get', 'create']],
  ['nodes', ['get']],
  ['history', ['get']],
] as const

/**
 * Verbs of rollouts as generic clients are to know them.
 *
 * `delete` and `watch` are served and not served, and advertised neither: the garbage collector would watch, and the
 * namespace controller would cancel every plan, if they were.
 */
const VERBS = ['get', 'list', 'create'] as const

/** Aggregated discovery: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/**
 * Everything that is the same for every caller: discovery in both forms, OpenAPI in all of them. Made once, before the
 * listener opens; the API server remembers a 404 for as long as it lives.
 */
export function documents(): ReadonlyMap<string, Document> {
  const v3 = entityOf(kubernetesDocument())
  const v3Path = `/openapi/v3${GROUP_PREFIX}`
  const hash = v3.etag.replaceAll('"', '')
  const v3Root = {
    paths: { [GROUP_PREFIX.slice(1)]: { serverRelativeURL: `${v3Path}?hash=${hash}` } },
  }
  const v2 = { swagger: '2.0', info: { title: 'autonomy-rollouts', version: 'v1' }, paths: {}, definitions: {} }
  const own = entityOf(description())
  const legacy = entityOf(groupList())
  const aggregated: Entity = entityOf(discoveryList(), AGGREGATED)
  return new Map<string, Document>([
    ['/apis', { choose: accept => (wantsAggregated(accept) ? aggregated : legacy) }],
    [`/apis/${GROUP}`, { entity: entityOf({ kind: 'APIGroup', apiVersion: 'v1', ...group() }) }],
    [GROUP_PREFIX, { entity: entityOf(resourceList()) }],
    ['/openapi/v3', { entity: entityOf(v3Root) }],
    [v3Path, { entity: v3 }],
    ['/openapi/v2', { entity: entityOf(v2) }],
    ['/v1', { entity: own }],
    ['/v1/openapi.json', { entity: own }],
    [`${GROUP_PREFIX}/openapi.json`, { entity: own }],
  ])
}

function wantsAggregated(accept = ''): boolean {
  return accept
    .toLowerCase()
    .split(',')
    .some(type =>
      ['as=apigroupdiscoverylist', 'g=apidiscovery.k8s.io', 'v=v2'].every(part =>
        type
          .split(';')
          .map(text => text.trim())
          .includes(part),
      ),
    )
}

function group() {
  const version = { groupVersion: `${GROUP}/${VERSION}`, version: VERSION }
  return { name: GROUP, versions: [version], preferredVersion: version }
}

function groupList() {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: [group()] }
}

function resourceList() {
  const common = { namespaced: true, kind: KIND.kind, group: GROUP, version: VERSION }
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${GROUP}/${VERSION}`,
    resources: [
      { name: 'rollouts', singularName: 'rollout', ...common, verbs: VERBS },
      ...SUBRESOURCES.map(([name, verbs]) => ({ name: `rollouts/${name}`, singularName: '', ...common, verbs })),
    ],
  }
}

function discoveryList() {
  const rollouts = {
    resource: 'rollouts',
    responseKind: KIND,
    scope: 'Namespaced',
    singularResource: 'rollout',
    verbs: VERBS,
    subresources: SUBRESOURCES.map(([subresource, verbs]) => ({ subresource, responseKind: KIND, verbs })),
  }
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [
      {
        metadata: { name: GROUP, creationTimestamp: null },
        versions: [{ version: VERSION, resources: [rollouts], freshness: 'Current' }],
      },
    ],
  }
}
