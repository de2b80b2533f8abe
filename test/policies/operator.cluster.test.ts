import { expect } from 'chai'
import { GROUP, PLAN_UID_LABEL } from '../../operator/api/names.ts'
import { plan, recovery } from '../api/object.ts'
import { until } from '../cluster/wait.ts'
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
    expect(statuses).to.deep.equal([{}, {}, {}, {}, {}])
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

    it('is free to everybody else', async () => {
      await ground().succeed(ADMIN, ['label', 'controllerrevision', 'theirs', 'team=fleet'])
      await ground().succeed(ADMIN, ['delete', 'controllerrevision', 'theirs'])
    })
  })
})
