/** Who the operator is in these tests: an ordinary user with the rights below, as the chart grants them, and no more. */
export const OPERATOR = 'autonomy-operator'

const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: OPERATOR }]
const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }

/** Everything but pods. */
export const operatorRole = [
  {
    ...rbac,
    kind: 'ClusterRole',
    metadata: { name: OPERATOR },
    rules: [
      {
        apiGroups: ['fleet.autonomyops.dev'],
        resources: ['rolloutplans', 'rolloutrecoveries'],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: ['fleet.autonomyops.dev'],
        resources: ['rolloutplans/status', 'rolloutrecoveries/status'],
        verbs: ['update'],
      },
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'patch'] },
      {
        apiGroups: ['apps'],
        resources: ['controllerrevisions'],
        verbs: ['list', 'watch', 'create', 'delete'],
      },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    ],
  },
  {
    ...rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: OPERATOR },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: OPERATOR },
    subjects,
  },
] as const

/** The right to see the pods of one namespace. */
export function podRole(namespace: string) {
  const metadata = { name: `${OPERATOR}-pods`, namespace }
  return [
    { ...rbac, kind: 'Role', metadata, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }] },
    {
      ...rbac,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects,
    },
  ] as const
}
