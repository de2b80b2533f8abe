import { FLEET, type Ground } from '../ground.ts'

/** What somebody may do, as RBAC rules in the orchestrator's group, and where. */
export type Person = {
  readonly name: string
  readonly rules: readonly Rule[]
  /** Bound in the fleet's namespace only; else everywhere. */
  readonly namespaced?: boolean
  /** The role of the chart that is to come to these rules; else a role is made of them. */
  readonly role?: string
}

export type Rule = {
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

export const PLAN = 'matrix'
const LIST: Rule = { resources: ['rollouts'], verbs: ['get', 'list'] }
const LOOK: Rule = { resources: ['rollouts/stages', 'rollouts/nodes', 'rollouts/history'], verbs: ['get'] }
const READ: readonly Rule[] = [LIST, LOOK]
const STEER: Rule = {
  resources: ['recover', 'retry', 'pause', 'resume', 'halt', 'approve', 'stages'].map(word => `rollouts/${word}`),
  verbs: ['create'],
}
const END: Rule = {
  resources: ['rollback', 'skip_failed', 'cancel'].map(word => `rollouts/${word}`),
  verbs: ['create'],
}
const OWN: Rule = { resources: ['rollouts'], verbs: ['create', 'delete'] }

const APPROVE: Rule = { resources: ['rollouts/stages', 'rollouts/approve'], verbs: ['create'] }

const REPORT: Rule = { resources: ['rollouts/gate-report'], verbs: ['create'] }

/** The rules are written out here, not taken from the chart: the table must not be true by construction. */
export const PEOPLE: readonly Person[] = [
  { name: 'nobody-special', rules: [] },
  { name: 'viewer', rules: READ },
  { name: 'lister', rules: [{ resources: ['rollouts'], verbs: ['list'] }] },
  { name: 'stuck-watcher', rules: [{ resources: ['rollouts'], verbs: ['get'], resourceNames: ['stuck'] }] },
  {
    name: 'retrier',
    rules: [{ resources: ['rollouts/recover', 'rollouts/retry'], verbs: ['create'], resourceNames: [PLAN] }],
  },
  { name: 'recoverer-of-nothing', rules: [{ resources: ['rollouts/recover'], verbs: ['create'] }] },
  { name: 'approver', rules: [APPROVE] },
  { name: 'reporter', rules: [REPORT] },
  { name: 'steerer', rules: [...READ, STEER] },
  { name: 'master', rules: [...READ, STEER, END, OWN] },
  { name: 'with-role-viewer', rules: READ, role: 'autonomy-rollouts-viewer' },
  { name: 'with-role-approver', rules: [...READ, APPROVE], role: 'autonomy-rollouts-approver' },
  { name: 'with-role-reporter', rules: [REPORT], role: 'autonomy-rollouts-reporter' },
  { name: 'with-role-operator', rules: [...READ, STEER], role: 'autonomy-rollouts-operator' },
  { name: 'with-role-admin', rules: [...READ, STEER, END, OWN], role: 'autonomy-rollouts-admin' },
  { name: 'tenant', rules: [...READ, STEER, END, OWN], namespaced: true },
]

/** Gives each of them their rights, as a user and as a service account. */
export async function bindAll({ succeed }: Ground): Promise<void> {
  const items = PEOPLE.flatMap(({ name, rules, namespaced, role = `matrix-${name}` }) => {
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }
    const own = {
      ...rbac,
      kind: 'ClusterRole',
      metadata: { name: role },
      rules: rules.map(rule => ({ apiGroups: ['orchestrator.autonomyops.dev'], ...rule })),
    }
    return [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: FLEET } },
      ...(role.startsWith('matrix-') ? [own] : []),
      {
        ...rbac,
        kind: namespaced ? 'RoleBinding' : 'ClusterRoleBinding',
        metadata: { name: `matrix-${name}`, ...(namespaced ? { namespace: FLEET } : {}) },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [
          { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name },
          { kind: 'ServiceAccount', name, namespace: FLEET },
        ],
      },
    ]
  })
  await succeed(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
}
