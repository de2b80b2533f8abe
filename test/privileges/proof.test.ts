import { expect } from 'chai'
import type { Denial } from '../charts/withheld.ts'
import { type Grant, grantsOf } from './grant.ts'
import { beyond, prove } from './proof.ts'
import { type AuditEvent, usesIn } from './use.ts'

const ROLE = 'ClusterRole autonomy-rollouts'
const VIEWER = 'ClusterRole autonomy-rollouts-viewer'
const ADMIN = 'ClusterRole autonomy-rollouts-admin'
const ACCOUNT = 'system:serviceaccount:autonomy-system:autonomy-rollouts'

const grant = (verb: string, path: string, more: Partial<Grant> = {}): Grant => ({
  holder: 'operator',
  role: ROLE,
  verb,
  path,
  name: undefined,
  place: 'somewhere:1',
  ...more,
})

const allowedBy = (role: string, subject = 'ServiceAccount "autonomy-rollouts/autonomy-system"') => ({
  'authorization.k8s.io/decision': 'allow',
  'authorization.k8s.io/reason': `RBAC: allowed by ClusterRoleBinding "of" of ${role.replace(' ', ' "')}" to ${subject}`,
})

/** A patch of a node by the operator. */
const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  verb: 'patch',
  requestURI: '/api/v1/nodes/robot-1',
  user: { username: ACCOUNT },
  userAgent: 'autonomy-rollouts/0.1.0',
  objectRef: { resource: 'nodes', name: 'robot-1' },
  responseStatus: { code: 200 },
  annotations: allowedBy(ROLE),
  ...more,
})

const denied = {
  annotations: { 'authorization.k8s.io/decision': 'forbid' },
  responseStatus: { code: 403, message: 'no' },
}

function findings(grants: readonly Grant[], events: readonly AuditEvent[], announced: readonly Denial[] = []) {
  const uses = events.flatMap(usesIn)
  return prove(grants, [{ cluster: 'c1', uses, announced }]).map(({ text }) => text.split('\n')[0])
}

describe('proof of privileges', () => {
  const patchNodes = grant('patch', 'nodes')
  const announcement = { verb: 'patch', resource: 'nodes' }

  it('finds nothing where all that is granted is used, and nothing else', () => {
    expect(findings([patchNodes], [event()])).to.deep.equal([])
  })

  for (const [what, events] of [
    ['nobody', []],
    ['another verb', [event({ verb: 'get' })]],
    ['another kind', [event({ objectRef: { resource: 'nodes', subresource: 'status' } })]],
    ['another group', [event({ objectRef: { resource: 'nodes', apiGroup: 'example.dev' } })]],
    ['kubectl with the token of the operator', [event({ userAgent: 'kubectl/v1.37.2 (linux/amd64)' })]],
    [
      'an administrator in the name of the operator',
      [event({ user: { username: 'admin' }, impersonatedUser: { username: ACCOUNT } })],
    ],
    [
      'an account that is called otherwise',
      [event({ user: { username: 'system:serviceaccount:autonomy-system:default' } })],
    ],
  ] as const)
    it(`finds a grant that was used by ${what} only, with its place`, () => {
      const texts = prove([patchNodes], [{ cluster: 'c1', uses: events.flatMap(usesIn), announced: [] }]).map(
        ({ text }) => text,
      )
      expect(texts).to.have.length(1)
      expect(texts[0]).to.match(/^ClusterRole autonomy-rollouts: patch nodes: nothing in this run used it/)
      expect(texts[0]).to.match(/\n {4}somewhere:1$/)
    })

  it('tells names apart where the grant is by name', () => {
    const byName = (name: string) => grant('patch', 'nodes', { name })
    expect(findings([byName('robot-1')], [event()])).to.deep.equal([])
    expect(findings([byName('robot-2')], [event()])).to.have.length(1)
  })

  it('knows a binding of a role that is not the chart’s by its use', () => {
    const binding = grant('', 'Role reader', { role: 'RoleBinding reader' })
    const reason = 'RBAC: allowed by RoleBinding "reader/kube-system" of Role "reader" to ServiceAccount "a/b"'
    const used = event({ annotations: { 'authorization.k8s.io/reason': reason } })
    expect(findings([binding], [used])).to.deep.equal([])
    expect(findings([binding, patchNodes], [event()])).to.have.length(1)
  })

  it('finds what no variant of the chart grants, announced or not', () => {
    const asked = event({ objectRef: { resource: 'secrets' }, ...denied })
    const text =
      'the operator asked to patch secrets, which no variant of the chart grants: grant it, or do not ask (no)'
    expect(findings([patchNodes], [event(), asked])).to.deep.equal([text])
    expect(findings([patchNodes], [event(), asked], [{ verb: 'patch', resource: 'secrets' }])).to.deep.equal([text])
  })

  it('takes a denial of what the chart grants only when a test has announced it', () => {
    const asked = [event(), event(denied)]
    expect(findings([patchNodes], asked)[0]).to.include('was denied, although the chart grants it: announce it')
    expect(findings([patchNodes], asked, [announcement])).to.deep.equal([])
  })

  it('takes it without that, where only what is beyond the grants is looked for', () => {
    const texts = (...grants: readonly Grant[]) => beyond({ cluster: 'c1', uses: usesIn(event(denied)) }, grants)
    expect(texts(patchNodes)).to.deep.equal([])
    expect(texts()).to.have.length(1)
  })

  it('finds a refusal by a policy of the chart', () => {
    const message =
      "ValidatingAdmissionPolicy 'autonomy-rollouts-node' with binding 'autonomy-rollouts-node' denied request: no"
    const asked = [event(), event({ responseStatus: { code: 403, message } })]
    expect(findings([patchNodes], asked)[0]).to.include('was denied, although the chart grants it')
  })

  it('takes a denial that was perhaps to come, and does without', () => {
    const perhaps = [{ ...announcement, perhaps: true }]
    expect(findings([patchNodes], [event(), event(denied)], perhaps)).to.deep.equal([])
    expect(findings([patchNodes], [event()], perhaps)).to.deep.equal([])
  })

  it('finds an announced denial that did not come', () => {
    expect(findings([patchNodes], [event()], [announcement])).to.deep.equal([
      'a test has announced that the operator will be denied to patch nodes, and it was not',
    ])
  })

  it('finds an operator that a test has given more than the chart', () => {
    const [text] = findings([patchNodes], [event(), event({ annotations: allowedBy('ClusterRole cluster-admin') })])
    expect(text).to.include('which ClusterRole cluster-admin allowed and the chart does not grant')
    const everybody = allowedBy('ClusterRole system:discovery', 'Group "system:authenticated"')
    expect(findings([patchNodes], [event(), event({ annotations: everybody })])).to.deep.equal([])
  })

  it('finds somebody who has the operator’s account and is neither the operator nor kubectl', () => {
    const [text] = findings([patchNodes], [event(), event({ userAgent: 'node' })])
    expect(text).to.equal(
      'the operator asked to patch nodes robot-1, but calls itself node: give what is not the operator another account',
    )
  })

  describe('of people', () => {
    const alice = { user: { username: 'alice' }, userAgent: 'kubectl/v1.37.2' }
    const step = (name: string, role = ADMIN) =>
      grant('create', `rollouts.orchestrator.autonomyops.dev/${name}`, { holder: 'people', role })

    it('takes what somebody was allowed by the role, and not by another', () => {
      const watching = grant('watch', 'nodes', { holder: 'people', role: VIEWER })
      const watch = { ...alice, verb: 'watch' }
      expect(findings([watching], [event({ ...watch, annotations: allowedBy(VIEWER) })])).to.deep.equal([])
      expect(findings([watching], [event({ ...watch, annotations: allowedBy(ADMIN) })])).to.have.length(1)
    })

    it('takes what the operator was told about them by a review', () => {
      const { 'authorization.k8s.io/reason': reason } = allowedBy(ADMIN)
      const resourceAttributes = {
        verb: 'create',
        group: 'orchestrator.autonomyops.dev',
        resource: 'rollouts',
        subresource: 'retry',
      }
      const nonResourceAttributes = { path: '/metrics', verb: 'get' }
      const review = (status: object, spec: object = { resourceAttributes }) =>
        event({
          verb: 'create',
          objectRef: { resource: 'subjectaccessreviews', apiGroup: 'authorization.k8s.io' },
          responseObject: { spec, status },
        })
      const scraping = grant('get', '/metrics', { holder: 'people', role: ADMIN })
      const asking = grant('create', 'subjectaccessreviews.authorization.k8s.io')
      expect(findings([asking, step('retry')], [review({ allowed: true, reason })])).to.deep.equal([])
      expect(findings([asking, step('retry')], [review({ allowed: false })])).to.have.length(1)
      expect(findings([asking, scraping], [review({ allowed: true, reason })])).to.have.length(1)
      const reviews = [review({ allowed: true, reason }, { nonResourceAttributes })]
      expect(findings([asking, scraping], reviews)).to.deep.equal([])
    })

    it('takes the step of a recovery that was let in, for the policy has asked for it', () => {
      const creating = grant('create', 'rolloutrecoveries.fleet.autonomyops.dev', { holder: 'people', role: ADMIN })
      const recovery = (code: number) =>
        event({
          ...alice,
          verb: 'create',
          objectRef: { resource: 'rolloutrecoveries', apiGroup: 'fleet.autonomyops.dev' },
          requestObject: { spec: { strategy: 'retry' } },
          responseStatus: { code },
          annotations: allowedBy(ADMIN),
        })
      expect(findings([creating, step('retry')], [recovery(201)])).to.deep.equal([])
      expect(findings([creating, step('rollback')], [recovery(201)])).to.have.length(1)
      expect(findings([creating, step('retry')], [recovery(403)])).to.have.length(1)
    })
  })
})

describe('grants of a rendering', () => {
  const RENDERED = `---
# Source: autonomy-rollouts/templates/clusterrole.yaml
kind: ClusterRole
metadata: { name: autonomy-rollouts }
rules:
- apiGroups: [""]
  resources: [nodes]
  verbs: [get, list, watch, patch]
- nonResourceURLs: [/metrics]
  verbs: [get]
---
# Source: autonomy-rollouts/templates/clusterrole.yaml
kind: ClusterRoleBinding
metadata: { name: autonomy-rollouts }
roleRef: { kind: ClusterRole, name: autonomy-rollouts }
subjects: [{ kind: ServiceAccount, name: autonomy-rollouts, namespace: ops }]
---
# Source: autonomy-rollouts/templates/user-roles.yaml
kind: ClusterRoleBinding
metadata: { name: somebody }
roleRef: { kind: ClusterRole, name: autonomy-rollouts-admin }
subjects: [{ kind: ServiceAccount, name: somebody, namespace: ops }]
---
# Source: autonomy-rollouts/templates/user-roles.yaml
kind: ClusterRole
metadata: { name: autonomy-rollouts-admin }
rules:
- apiGroups: [fleet.autonomyops.dev]
  resources: [rolloutplans, rolloutplans/status]
  resourceNames: [one]
  verbs: [delete]
---
# Source: autonomy-rollouts/templates/rest-roles.yaml
kind: RoleBinding
metadata: { name: reader, namespace: kube-system }
roleRef: { kind: Role, name: extension-apiserver-authentication-reader }
`
  const grants = grantsOf([RENDERED, RENDERED], 'autonomy-rollouts')

  it('are one for each verb, kind and name, each once, whichever variants have it', () => {
    expect(
      grants.map(({ holder, role, verb, path, name }) => [holder, role, verb, path, name].join(' ').trim()),
    ).to.deep.equal([
      ...['get', 'list', 'watch', 'patch'].map(verb => `operator ClusterRole autonomy-rollouts ${verb} nodes`),
      'operator ClusterRole autonomy-rollouts get /metrics',
      'people ClusterRole autonomy-rollouts-admin delete rolloutplans.fleet.autonomyops.dev one',
      'people ClusterRole autonomy-rollouts-admin delete rolloutplans.fleet.autonomyops.dev/status one',
      'operator RoleBinding reader  Role extension-apiserver-authentication-reader',
    ])
  })

  it('are found in the templates of the chart', () => {
    const [nodes] = grants
    expect(nodes?.place).to.match(/^charts\/autonomy-rollouts\/templates\/clusterrole\.yaml:\d+$/)
    expect(grants.at(-1)?.place).to.match(/^charts\/autonomy-rollouts\/templates\/rest-roles\.yaml:\d+$/)
  })
})
