/** Somebody who calls the API server; without a user, the administrator. */
export type Person = { readonly user: string | undefined; readonly groups: readonly string[] }

const person = (user: string): Person => ({ user, groups: ['system:authenticated'] })

/** A member of system:masters. */
export const ADMIN: Person = { user: undefined, groups: [] }
/** The operator's account. Here its role lets it do everything, so that what is refused is refused by a policy. */
export const OPERATOR = person('system:serviceaccount:ops:autonomy-rollouts')
/** Has the chart's roles admin and reporter in namespace fleet. */
export const ALICE = person('alice')
/** Has the chart's role operator in namespace fleet. */
export const OLGA = person('olga')
/** Has the chart's role approver in namespace fleet. */
export const ANNA = person('anna')
/** Has the chart's role viewer in namespace fleet. */
export const VERA = person('vera')
/** Has the cluster's own role view in namespace fleet. */
export const WILL = person('will')
/** May do everything with the two kinds in every namespace, but nothing in the orchestrator's group. */
export const DAVE = person('dave')
/** Like dave, and may retry plan agent-2. */
export const CAROL = person('carol')
/** Like dave, and has the chart's role admin in namespace lab, and the right to create Jobs there. */
export const NORA = person('nora')
/** Like dave, and may delete the record of plan agent-2. */
export const RITA = person('rita')

const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }

function role(name: string, rule: object) {
  return { ...rbac, kind: 'ClusterRole', metadata: { name }, rules: [rule] }
}

function bound(name: string, { user }: Person, namespace?: string) {
  return {
    ...rbac,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name: `${user?.split(':').at(-1)}-${name}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  }
}

function step(resource: string, verb: string) {
  return {
    apiGroups: ['orchestrator.autonomyops.dev'],
    resources: [resource],
    resourceNames: ['agent-2'],
    verbs: [verb],
  }
}

export const bindings: readonly object[] = [
  role('both-kinds', {
    apiGroups: ['fleet.autonomyops.dev'],
    resources: ['rolloutplans', 'rolloutrecoveries', 'rolloutplans/status', 'rolloutrecoveries/status'],
    verbs: ['*'],
  }),
  role('run-jobs', { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] }),
  role('retry-agent-2', step('rollouts/retry', 'create')),
  role('forget-agent-2', step('rollouts/history', 'delete')),
  ...[DAVE, CAROL, NORA, RITA].map(who => bound('both-kinds', who)),
  bound('autonomy-rollouts-admin', ALICE, 'fleet'),
  bound('autonomy-rollouts-reporter', ALICE, 'fleet'),
  bound('autonomy-rollouts-operator', OLGA, 'fleet'),
  bound('autonomy-rollouts-approver', ANNA, 'fleet'),
  bound('autonomy-rollouts-viewer', VERA, 'fleet'),
  bound('view', WILL, 'fleet'),
  bound('retry-agent-2', CAROL, 'fleet'),
  bound('autonomy-rollouts-admin', NORA, 'lab'),
  bound('run-jobs', NORA, 'lab'),
  bound('forget-agent-2', RITA, 'fleet'),
  bound('cluster-admin', OPERATOR),
]
