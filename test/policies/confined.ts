import { expect } from 'chai'
import { plan, recovery } from '../api/object.ts'
import { expectDenial, expectSuccess } from './ground.ts'
import type { Ground } from './ground.ts'
import { ADMIN, ALICE, OPERATOR } from './people.ts'
import type { Person } from './people.ts'

const REPORTER = 'fleet.autonomyops.dev/rollout-operator'
const ASKED = {
  'fleet.autonomyops.dev/door': 'direct',
  'fleet.autonomyops.dev/audit-id': '2c7c3d0e-6f0b-4d6c-8f0e-5a2f1f0d9b77',
}
const FOR_ALICE = { ...ASKED, 'fleet.autonomyops.dev/created-by': 'alice' }

/** What RBAC cannot hold the operator to, because it creates or patches things whose names are not known before. */
export function confinesTheOperator(ground: () => Ground): void {
  describe('secret', () => {
    const secret = (name: string, type = 'Opaque', more: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'ops', ...more },
      type,
    })
    const refused = 'the rollout operator writes no secret but autonomy-rollouts-serving, of type Opaque'
    const tokenOf = (account: string) => ({ annotations: { 'kubernetes.io/service-account.name': account } })

    it('is written by the operator when it holds its certificate', async () => {
      expectSuccess(await ground().create(OPERATOR, secret('autonomy-rollouts-serving')))
      const own = ['patch', 'secret', 'autonomy-rollouts-serving', '-n', 'ops', '--type=merge', '-p']
      await ground().succeed(OPERATOR, [...own, '{"stringData":{"tls.crt":"x"}}'])
    })

    for (const [what, object] of [
      ['of another name', secret('theirs')],
      ['whose name is drawn', secret('', 'Opaque', { name: undefined, generateName: 'autonomy-rollouts-serving' })],
      [
        'that asks for a token of another account',
        secret('autonomy-rollouts-serving', 'kubernetes.io/service-account-token', tokenOf('default')),
      ],
      ['of another type', secret('autonomy-rollouts-serving', 'example.dev/credentials')],
    ] as const)
      it(`${what} is not created by it`, async () => {
        expectDenial(await ground().tryToCreate(OPERATOR, object), 'secret', refused)
      })

    it('of somebody else is not changed by it', async () => {
      expectSuccess(await ground().create(ADMIN, secret('theirs')))
      const theirs = ['annotate', 'secret', 'theirs', '-n', 'ops', 'a=b']
      expectDenial(await ground().kubectl(OPERATOR, theirs), 'secret', refused)
      await ground().succeed(ADMIN, theirs)
    })
  })

  describe('Job', () => {
    const ownerOf = (uid: string, apiVersion = 'fleet.autonomyops.dev/v1alpha1') => [
      { apiVersion, kind: 'RolloutPlan', name: 'agent', uid },
    ]
    const labelled = (uid: string) => ({ labels: { 'fleet.autonomyops.dev/plan-uid': uid } })
    const job = (name: string, more: object) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: 'fleet', ...more },
      spec: {
        suspend: true,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
      },
    })
    const refused =
      'the rollout operator touches only Jobs that a RolloutPlan owns, with its UID in label ' +
      'fleet.autonomyops.dev/plan-uid'

    it('is created by the operator when a plan owns it', async () => {
      const own = job('gate', { ...labelled('d0d1f2'), ownerReferences: ownerOf('d0d1f2') })
      expectSuccess(await ground().tryToCreate(OPERATOR, own))
    })

    for (const [what, more] of [
      ['that nobody owns', labelled('d0d1f2')],
      ['without the label', { ownerReferences: ownerOf('d0d1f2') }],
      ['of another plan than its label says', { ...labelled('d0d1f2'), ownerReferences: ownerOf('other') }],
      [
        'of what only has the name of a plan',
        { ...labelled('d0d1f2'), ownerReferences: ownerOf('d0d1f2', 'example.dev/v1') },
      ],
    ] as const)
      it(`${what} is not created by it`, async () => {
        expectDenial(await ground().tryToCreate(OPERATOR, job('mine', more)), 'job', refused)
      })

    it('of somebody else is neither deleted nor taken over by it', async () => {
      expectSuccess(await ground().create(ADMIN, job('theirs', {})))
      expectDenial(await ground().kubectl(OPERATOR, ['delete', 'job', 'theirs']), 'job', refused)
      const over = ['label', 'job', 'theirs', 'fleet.autonomyops.dev/plan-uid=d0d1f2']
      expectDenial(await ground().kubectl(OPERATOR, over), 'job', refused)
      await ground().succeed(ADMIN, ['delete', 'job', 'theirs'])
    })
  })

  describe('lease', () => {
    const lease = (name: string) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'ops' },
    })

    it('is created by the operator under its own name, and no other', async () => {
      expectSuccess(await ground().create(OPERATOR, lease('autonomy-rollouts')))
      const refused = 'the rollout operator creates no lease but autonomy-rollouts'
      expectDenial(await ground().create(OPERATOR, lease('somebody-elses-leader')), 'lease', refused)
      expectSuccess(await ground().create(ADMIN, lease('somebody-elses-leader')))
    })
  })

  describe('event', () => {
    const event = (name: string, reportingController: string) => ({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace: 'fleet' },
      eventTime: '2026-03-18T09:20:00.000000Z',
      type: 'Normal',
      reason: 'Tested',
      action: 'Test',
      reportingController,
      reportingInstance: 'replica-1',
      regarding: { kind: 'Namespace', name: 'fleet', namespace: 'fleet' },
    })
    const count = (name: string, more: object = {}) => [
      ...['patch', 'events.events.k8s.io', name, '--type=merge', '-p'],
      JSON.stringify({ series: { count: 2, lastObservedTime: '2026-03-18T09:21:00.000000Z' }, ...more }),
    ]
    const refused = `the rollout operator writes only events that ${REPORTER} reports`

    it('is created and counted by the operator when it reports it itself', async () => {
      expectSuccess(await ground().create(OPERATOR, event('own', REPORTER)))
      await ground().succeed(OPERATOR, count('own'))
    })

    it('is not reported by it in the name of somebody else', async () => {
      expectDenial(await ground().create(OPERATOR, event('forged', 'kubelet')), 'event', refused)
    })

    it('of somebody else is neither changed nor taken over by it', async () => {
      expectSuccess(await ground().create(ADMIN, event('theirs', 'kubelet')))
      expectDenial(await ground().kubectl(OPERATOR, count('theirs')), 'event', refused)
      // The API server itself keeps who reports from being changed, so nobody can take it over first.
      const over = await ground().kubectl(OPERATOR, count('theirs', { reportingController: REPORTER }))
      expect(over.code).to.equal(1)
      await ground().succeed(ADMIN, count('theirs'))
    })
  })

  describe('APIService', () => {
    const name = 'v1.example.dev'
    const service = { namespace: 'lab', name: 'nobody', port: 443 }
    const patch = async (who: Person, change: object) =>
      await ground().kubectl(who, [
        ...['patch', 'apiservice', name, '--type=merge', '--dry-run=server', '-p', JSON.stringify(change)],
      ])
    // kubectl may complain of a group that nobody serves, and does all the same what it is told.
    const expectDone = async (who: Person, change: object) => {
      const { code, stderr } = await patch(who, change)
      expect(code, stderr).to.equal(0)
    }

    before(async () => {
      const spec = { group: 'example.dev', version: 'v1', service, groupPriorityMinimum: 1, versionPriority: 1 }
      const object = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name }, spec }
      expectSuccess(await ground().create(ADMIN, object))
    })
    after(async () => await ground().succeed(ADMIN, ['delete', 'apiservice', name]))

    const refused = 'the rollout operator changes nothing of an APIService but spec.caBundle'

    for (const [what, change, message] of [
      ['the service', { spec: { service: { ...service, name: 'mine' } } }, refused],
      ['whether it is verified', { spec: { insecureSkipTLSVerify: true } }, refused],
      ['the priority', { spec: { groupPriorityMinimum: 9 } }, refused],
      ['the priority of the version', { spec: { versionPriority: 9 } }, refused],
      ['labels', { metadata: { labels: { a: 'b' } } }, `${refused}, and no metadata`],
      ['annotations', { metadata: { annotations: { a: 'b' } } }, `${refused}, and no metadata`],
      ['finalizers', { metadata: { finalizers: ['example.dev/hold'] } }, `${refused}, and no metadata`],
    ] as const)
      it(`gets from the operator no change of ${what}`, async () => {
        expectDenial(await patch(OPERATOR, change), 'apiservice', message)
      })

    it('is else free to it, and altogether to everybody else', async () => {
      const caBundle = Buffer.from(ground().cluster.ca).toString('base64')
      await expectDone(OPERATOR, { spec: { caBundle } })
      await expectDone(ADMIN, { spec: { caBundle, versionPriority: 9 } })
    })
  })

  describe('plan or recovery in the name of a caller', () => {
    const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'fleet', uid: 'd0d1f2' }
    const asked = (
      annotations: object,
      spec: Parameters<typeof recovery>[1] = { operator: 'alice' },
      more: object = {},
    ) => {
      const object = recovery('asked', spec)
      return { ...object, metadata: { ...object.metadata, annotations, ...more } }
    }
    const wanted = (annotations: object) => {
      const object = plan('wanted')
      return { ...object, metadata: { ...object.metadata, annotations } }
    }
    const door =
      'the rollout operator says of everything that it creates through which door it was asked for, in annotation ' +
      'fleet.autonomyops.dev/door'
    const auditId =
      'the rollout operator says of everything that it creates by which request it was asked for, in annotation ' +
      'fleet.autonomyops.dev/audit-id'
    const own = 'the rollout operator creates nothing in its own name, but says who has asked'
    const { 'fleet.autonomyops.dev/audit-id': _, ...withoutId } = FOR_ALICE
    const { 'fleet.autonomyops.dev/door': _door, ...withoutDoor } = FOR_ALICE

    it('is created by the operator when it says who has asked, and through which door', async () => {
      expectSuccess(await ground().tryToCreate(OPERATOR, asked(ASKED)))
      expectSuccess(await ground().tryToCreate(OPERATOR, wanted(FOR_ALICE)))
    })

    for (const [what, object, message] of [
      ['as if it came by kubectl', asked({}), door],
      ['through a door that there is not', asked({ ...ASKED, 'fleet.autonomyops.dev/door': 'apply' }), door],
      ['without the request', asked(withoutId), auditId],
      ['in its own name', asked(ASKED, { operator: OPERATOR.user ?? '' }), own],
      ['in nobody’s name', wanted(ASKED), own],
      ['as if a plan came by kubectl', wanted(withoutDoor), door],
      ['with a plan in its own name', wanted({ ...ASKED, 'fleet.autonomyops.dev/created-by': OPERATOR.user }), own],
      [
        'with an owner that takes the record along',
        asked(ASKED, { operator: 'alice' }, { ownerReferences: [owner] }),
        'the rollout operator creates no plan and no recovery with an owner or a finalizer',
      ],
      [
        'so that it cannot be deleted',
        asked(ASKED, { operator: 'alice' }, { finalizers: ['example.dev/hold'] }),
        'the rollout operator creates no plan and no recovery with an owner or a finalizer',
      ],
    ] as const)
      it(`is not created by it ${what}`, async () => {
        expectDenial(await ground().tryToCreate(OPERATOR, object), 'origin', message)
      })

    it('is left alone by it when it is there: a write of the status changes nothing else', async () => {
      expectSuccess(await ground().create(ALICE, plan('untouched')))
      const before = await ground().field('rplan/untouched', '.spec')
      const labelled = {
        metadata: { labels: { a: 'b' }, finalizers: ['example.dev/hold'] },
        spec: { artifactRef: 'y' },
      }
      const change = JSON.stringify({ ...labelled, status: { phase: 'active' } })
      const status = ['patch', 'rplan', 'untouched', '--subresource=status', '--type=merge', '-p', change]
      expectSuccess(await ground().kubectl(OPERATOR, status))
      expect(await ground().field('rplan/untouched', '.spec')).to.equal(before)
      expect(await ground().field('rplan/untouched', '.metadata.labels')).to.equal('')
      expect(await ground().field('rplan/untouched', '.metadata.finalizers')).to.equal('')
    })
  })
}
