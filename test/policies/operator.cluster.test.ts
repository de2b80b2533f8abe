import { expect } from 'chai'
import { GROUP, PLAN_UID_LABEL } from '../../operator/api/names.ts'
import { plan, recovery } from '../api/object.ts'
import { until } from '../cluster/wait.ts'
import { confinesTheOperator } from './confined.ts'
import { expectDenial, expectSuccess, withPolicies } from './ground.ts'
import { ADMIN, ALICE, DAVE, OPERATOR } from './people.ts'
import type { Person } from './people.ts'

describe('policies on what the operator alone writes, and on what it must not', () => {
  const ground = withPolicies()

  it('are understood by the API server without a warning', async () => {
    const checked = async () => {
      const text = await ground().succeed(ADMIN, ['get', 'validatingadmissionpolicies', '-o', 'json'])
      const { items } = JSON.parse(text) as { items: readonly { status?: { typeChecking?: object } }[] }
      const statuses = items.map(({ status }) => status?.typeChecking)
      return statuses.every(status => status !== undefined) && statuses
    }
    const statuses = await until(checked, { what: 'the types are checked', withinMs: 20_000 })
    expect(statuses).to.deep.equal(Array.from({ length: 11 }, () => ({})))
  })

  describe('status', () => {
    before(async () => {
      expectSuccess(await ground().create(ALICE, plan('agent-2')))
      expectSuccess(await ground().create(ALICE, recovery('retry-1')))
    })

    const write = async (who: Person, object: string, status: object) =>
      await ground().kubectl(who, [
        ...['patch', object, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })],
      ])

    for (const [kind, object, status] of [
      ['plan', 'rplan/agent-2', { phase: 'active' }],
      ['recovery', 'rrec/retry-1', { phase: 'Succeeded' }],
    ] as const) {
      for (const [name, who] of [
        ['an administrator', ADMIN],
        ['somebody whose role allows it', DAVE],
      ] as const)
        it(`of a ${kind} is not written by ${name}`, async () => {
          const message =
            'only system:serviceaccount:ops:autonomy-rollouts writes status; steer a plan with a RolloutRecovery. ' +
            'In an emergency, an administrator lifts this with: ' +
            'kubectl delete validatingadmissionpolicybinding autonomy-rollouts-status'
          expectDenial(await write(who, object, status), 'status', message)
        })

      it(`of a ${kind} is written by the operator`, async () => {
        expectSuccess(await write(OPERATOR, object, status))
        expect(await ground().field(object, '.status.phase')).to.equal(status.phase)
      })
    }
  })

  describe('node', () => {
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'robot-0', uid: 'd0d1f2' }
    const patch = async (who: Person, change: object, ...args: string[]) =>
      await ground().kubectl(who, ['patch', 'node', 'robot-1', '--type=merge', '-p', JSON.stringify(change), ...args])

    it('gets labels and annotations of the operator, new ones, and loses them', async () => {
      for (const value of ['1', '2', null])
        for (const field of ['labels', 'annotations'])
          expectSuccess(await patch(OPERATOR, { metadata: { [field]: { [`${GROUP}/release`]: value } } }))
    })

    for (const [what, change, message] of [
      ['a new label', { metadata: { labels: { zone: 'a' } } }, 'labels under fleet.autonomyops.dev/ alone, not zone'],
      [
        'another label',
        { metadata: { labels: { ring: 'wide' } } },
        'labels under fleet.autonomyops.dev/ alone, not ring',
      ],
      ['a lost label', { metadata: { labels: { ring: null } } }, 'labels under fleet.autonomyops.dev/ alone, not ring'],
      [
        'a label that only looks like its own',
        { metadata: { labels: { 'x.fleet.autonomyops.dev/release': '2' } } },
        'labels under fleet.autonomyops.dev/ alone, not x.fleet.autonomyops.dev/release',
      ],
      [
        'a new annotation',
        { metadata: { annotations: { a: '1' } } },
        'annotations under fleet.autonomyops.dev/ alone, not a',
      ],
      [
        'another annotation',
        { metadata: { annotations: { site: 'south' } } },
        'annotations under fleet.autonomyops.dev/ alone, not site',
      ],
      [
        'a lost annotation',
        { metadata: { annotations: { site: null } } },
        'annotations under fleet.autonomyops.dev/ alone, not site',
      ],
    ] as const)
      it(`gets from the operator no ${what}, be it beside its own`, async () => {
        expectDenial(await patch(OPERATOR, change), 'node', `the rollout operator changes ${message}`)
        const [field = '', words = {}] = Object.entries(change.metadata)[0] ?? []
        const beside = { metadata: { [field]: { ...words, [`${GROUP}/release`]: '3' } } }
        expectDenial(await patch(OPERATOR, beside), 'node', `the rollout operator changes ${message}`)
      })

    for (const [what, change] of [
      ['spec', { spec: { unschedulable: true } }],
      ['spec', { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } }],
      ['spec', { spec: { taints: [] }, metadata: { labels: { [`${GROUP}/release`]: '2' } } }],
      ['spec', { spec: { providerID: 'cloud:///other' } }],
      ['finalizers', { metadata: { finalizers: ['fleet.autonomyops.dev/hold'] } }],
      ['owners', { metadata: { ownerReferences: [owner] } }],
    ] as const)
      it(`gets from the operator no other ${what}`, async () => {
        expectDenial(await patch(OPERATOR, change), 'node', `the rollout operator never changes the ${what} of a node`)
      })

    it('gets no status from the operator', async () => {
      const ready = { status: { phase: 'Running' } }
      const answer = await patch(OPERATOR, ready, '--subresource=status')
      expectDenial(answer, 'node', 'the rollout operator never writes the status of a node')
      expectSuccess(await patch(OPERATOR, ready))
      expect(await ground().field('node/robot-1', '.status.phase')).to.equal('')
    })

    for (const [how, refusal, ...args] of [
      ['kubectl label', 'labels under fleet.autonomyops.dev/ alone, not zone', 'label', 'node', 'robot-1', 'zone=a'],
      [
        'kubectl annotate',
        'annotations under fleet.autonomyops.dev/ alone, not site',
        'annotate',
        'node',
        'robot-1',
        'site-',
      ],
      [
        'a strategic merge patch that replaces all labels',
        'labels under fleet.autonomyops.dev/ alone, not a',
        ...[
          'patch',
          'node',
          'robot-1',
          '--type=strategic',
          '-p',
          '{"metadata":{"labels":{"$patch":"replace","a":"b"}}}',
        ],
      ],
      [
        'a JSON patch',
        'labels under fleet.autonomyops.dev/ alone, not ring',
        ...['patch', 'node', 'robot-1', '--type=json', '-p', '[{"op":"remove","path":"/metadata/labels"}]'],
      ],
      [
        'a JSON patch that moves a label out of its prefix',
        'labels under fleet.autonomyops.dev/ alone, not zone',
        ...['patch', 'node', 'robot-1', '--type=json', '-p'],
        '[{"op":"add","path":"/metadata/labels/fleet.autonomyops.dev~1x","value":"a"},' +
          '{"op":"move","from":"/metadata/labels/fleet.autonomyops.dev~1x","path":"/metadata/labels/zone"}]',
      ],
    ] as const)
      it(`gets nothing foreign from the operator by ${how}`, async () => {
        const answer = await ground().kubectl(OPERATOR, args)
        expectDenial(answer, 'node', `the rollout operator changes ${refusal}`)
      })

    for (const [how, refusal, ...args] of [
      ['kubectl cordon', 'changes the spec of a node', 'cordon', 'robot-1'],
      ['kubectl taint', 'changes the spec of a node', 'taint', 'node', 'robot-1', 'a=b:NoExecute'],
    ] as const)
      it(`gets nothing foreign from the operator by ${how}`, async () => {
        expect((await ground().kubectl(OPERATOR, args)).stderr).to.include(`the rollout operator never ${refusal}`)
      })

    it('gets nothing foreign from the operator by server-side apply, not even where it owns the field', async () => {
      const applied = (spec: object, labels: object) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'robot-1', labels },
        spec,
      })
      const apply = async (object: object) =>
        await ground().kubectl(OPERATOR, ['apply', '--server-side', '--force-conflicts', '-f', '-'], object)
      expectSuccess(await apply(applied({}, { ring: 'canary', [`${GROUP}/release`]: '4' })))
      const [ring, spec] = [
        'changes labels under fleet.autonomyops.dev/ alone, not ring',
        'never changes the spec of a node',
      ]
      expectDenial(await apply(applied({}, { ring: 'wide' })), 'node', `the rollout operator ${ring}`)
      expectDenial(
        await apply(applied({ unschedulable: true }, { ring: 'canary' })),
        'node',
        `the rollout operator ${spec}`,
      )
      // The label that it owns alone goes with its next configuration; the other it had only joined in owning.
      expectSuccess(await apply(applied({}, { [`${GROUP}/release`]: '4' })))
      expect(await ground().field('node/robot-1', '.metadata.labels.ring')).to.equal('canary')
    })

    it('is free to everybody else', async () => {
      expectSuccess(await patch(ADMIN, { metadata: { labels: { zone: 'a' } }, spec: { unschedulable: true } }))
      expectSuccess(await patch(ADMIN, { status: { phase: 'Running' } }, '--subresource=status'))
    })
  })

  describe('ControllerRevision', () => {
    const revision = (name: string, labels: Readonly<Record<string, string>>) => ({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name, namespace: 'fleet', labels },
      revision: 1,
      data: {},
    })
    const refused = `the rollout operator touches only ControllerRevisions with label ${PLAN_UID_LABEL}`

    it('is created and deleted by the operator when it names the members of a stage', async () => {
      expectSuccess(await ground().create(OPERATOR, revision('members', { [PLAN_UID_LABEL]: 'd0d1f2' })))
      await ground().succeed(OPERATOR, ['delete', 'controllerrevision', 'members'])
    })

    it('is else neither created, deleted nor taken over by it', async () => {
      expectDenial(await ground().create(OPERATOR, revision('mine', { app: 'agent' })), 'member', refused)
      expectSuccess(await ground().create(ADMIN, revision('theirs', { app: 'agent' })))
      const theirs = ['controllerrevision', 'theirs']
      expectDenial(await ground().kubectl(OPERATOR, ['delete', ...theirs]), 'member', refused)
      expectDenial(
        await ground().kubectl(OPERATOR, ['label', ...theirs, `${PLAN_UID_LABEL}=d0d1f2`]),
        'member',
        refused,
      )
    })

    for (const [what, more, message] of [
      [
        'with a label by which a workload could take it for its own',
        { labels: { [PLAN_UID_LABEL]: 'd0d1f2', app: 'agent' } },
        'the rollout operator gives a ControllerRevision no label by which a workload could know it',
      ],
      [
        'with a workload for its owner',
        { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd0d1f2' }] },
        'the rollout operator gives a ControllerRevision no owner but a RolloutPlan',
      ],
      [
        'with an owner that only has the name of a plan',
        { ownerReferences: [{ apiVersion: 'example.dev/v1', kind: 'RolloutPlan', name: 'agent', uid: 'd0d1f2' }] },
        'the rollout operator gives a ControllerRevision no owner but a RolloutPlan',
      ],
    ] as const)
      it(`is not created by it ${what}`, async () => {
        const whole = revision('history', { [PLAN_UID_LABEL]: 'd0d1f2' })
        const object = { ...whole, metadata: { ...whole.metadata, ...more } }
        expectDenial(await ground().tryToCreate(OPERATOR, object), 'member', message)
      })

    it('is free to everybody else', async () => {
      await ground().succeed(ADMIN, ['label', 'controllerrevision', 'theirs', 'team=fleet'])
      await ground().succeed(ADMIN, ['delete', 'controllerrevision', 'theirs'])
    })
  })

  confinesTheOperator(ground)
})
