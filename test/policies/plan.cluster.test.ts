import { expect } from 'chai'
import { API_VERSION, PLAN_UID_LABEL, PROVENANCE } from '../../operator/api/names.ts'
import { plan, recovery } from '../api/object.ts'
import { until } from '../cluster/wait.ts'
import { expectDenial, expectSuccess, withPolicies } from './ground.ts'
import { ADMIN, ALICE, ANNA, DAVE, NORA, OLGA, OPERATOR, VERA, WILL } from './people.ts'

const { createdBy, ...sealed } = PROVENANCE
const CREATOR = `.metadata.annotations.${createdBy.replaceAll('.', '\\.')}`

function annotated(name: string, annotations: Readonly<Record<string, string>>) {
  const bare = plan(name)
  return { ...bare, metadata: { ...bare.metadata, annotations } }
}

describe('policy on plans', () => {
  const ground = withPolicies()

  /** Creates a plan, as alice, and moves it, as the operator process does. */
  async function planIn(phase: string, namespace = 'fleet'): Promise<string> {
    const name = `is-${phase.replace('_', '-')}`
    const where = ['-n', namespace]
    const object = { ...plan(name), metadata: { name, namespace } }
    await ground().succeed(namespace === 'fleet' ? ALICE : ADMIN, ['create', ...where, '-f', '-'], object)
    const status = JSON.stringify({ status: { phase } })
    await ground().succeed(OPERATOR, [
      ...['patch', 'rplan', name, ...where, '--subresource=status', '--type=merge', '-p', status],
    ])
    return name
  }

  describe('who created it', () => {
    it('is written down by the API server', async () => {
      expectSuccess(await ground().create(ALICE, plan('agent-2')))
      expect(await ground().field('rplan/agent-2', CREATOR)).to.equal('alice')
    })

    it('is written beside annotations that are there', async () => {
      expectSuccess(await ground().create(ALICE, annotated('agent-3', { ticket: 'OPS-1' })))
      expect(await ground().field('rplan/agent-3', CREATOR)).to.equal('alice')
      expect(await ground().field('rplan/agent-3', '.metadata.annotations.ticket')).to.equal('OPS-1')
    })

    it('may be written out, and is nobody else', async () => {
      expectSuccess(await ground().tryToCreate(ALICE, annotated('signed', { [createdBy]: 'alice' })))
      const answer = await ground().create(ALICE, annotated('forged', { [createdBy]: 'bob' }))
      expectDenial(answer, 'plan', `leave annotation ${createdBy} out, it is filled in: you are alice`)
    })

    it('is left to the operator process, which has verified its caller', async () => {
      const all = Object.fromEntries(Object.values(PROVENANCE).map(key => [key, 'x']))
      expectSuccess(await ground().create(OPERATOR, annotated('through-rest', { ...all, [sealed.door]: 'direct' })))
      expect(await ground().field('rplan/through-rest', CREATOR)).to.equal('x')
    })
  })

  describe('what is in it', () => {
    for (const [who, name] of [
      [DAVE, 'dave'],
      [OLGA, 'olga'],
    ] as const)
      it(`asks for the right to create rollouts, which ${name} has not`, async () => {
        const answer = await ground().create(who, plan('mine'))
        if (who === OLGA) return expect(answer.stderr).to.include('User "olga" cannot create resource "rolloutplans"')
        const missing =
          'dave may not create plans: it takes the right to create rollouts in group orchestrator.autonomyops.dev, ' +
          'in namespace fleet'
        return expectDenial(answer, 'plan', missing)
      })

    describe('when a gate runs Jobs', () => {
      const stages = [{ id: 's1', nodes: {}, gates: [{ kind: 'job', job: { cronJob: 'smoke' } }] }]
      const runs = (namespace: string) => ({ ...plan('runs', { stages }), metadata: { name: 'runs', namespace } })

      it('asks for the right to create them, which the role admin of the chart has not', async () => {
        const missing =
          'alice may not create a plan with a gate of kind job: it takes the right to create jobs in group batch, ' +
          'in namespace fleet'
        expectDenial(await ground().tryToCreate(ALICE, runs('fleet')), 'plan', missing)
      })

      it('is let in from who may create them in its namespace', async () => {
        expectSuccess(await ground().tryToCreate(NORA, runs('lab')))
      })
    })

    for (const key of Object.values(sealed))
      it(`lets nobody claim ${key}`, async () => {
        const answer = await ground().create(ALICE, annotated('claimed', { [key]: 'x' }))
        expectDenial(answer, 'plan', `leave these annotations out, the rollout operator alone writes them: ${key}`)
      })

    for (const key of Object.values(PROVENANCE))
      it(`lets nobody change, remove or add ${key}`, async () => {
        const refused = `these annotations are the record of who asked and cannot be changed: ${key}`
        const annotate = async (name: string, ...words: string[]) =>
          await ground().kubectl(DAVE, ['annotate', '--overwrite', 'rplan', name, ...words])
        expectDenial(await annotate('through-rest', `${key}=y`), 'plan', refused)
        expectDenial(await annotate('through-rest', `${key}-`), 'plan', refused)
        expectDenial(await annotate('agent-2', `${key}=y`), 'plan', refused)
      })

    it('leaves other annotations and labels free', async () => {
      await ground().succeed(DAVE, ['annotate', 'rplan', 'through-rest', 'ticket=OPS-2'])
      await ground().succeed(DAVE, ['label', 'rplan', 'through-rest', 'team=fleet'])
    })

    it('lets who may view the namespace see plans and recoveries', async () => {
      const seen = async () => (await ground().kubectl(WILL, ['get', 'rplan,rrec'])).code === 0
      await until(seen, { what: 'the role view includes the chart’s viewer', withinMs: 20_000 })
    })
  })

  describe('what comes with every role of the chart', () => {
    for (const [role, who] of [
      ['viewer', VERA],
      ['approver', ANNA],
      ['operator', OLGA],
      ['admin', ALICE],
    ] as const)
      for (const plural of ['rolloutplans', 'rolloutrecoveries'])
        it(`is to get, list and watch ${plural}: ${role}`, async () => {
          const name = plural === 'rolloutplans' ? 'agent-2' : 'seen'
          const path = `/apis/${API_VERSION}/namespaces/fleet/${plural}`
          if (name === 'seen') await ground().create(ALICE, recovery(name))
          const [one, all, versions] = await Promise.all([
            ground().succeed(who, ['get', '--raw', `${path}/${name}`]),
            ground().succeed(who, ['get', '--raw', path]),
            ground().succeed(who, ['get', '--raw', `${path}?watch=true&timeoutSeconds=1`]),
          ])
          for (const text of [one, all, versions]) expect(text).to.include(`"name":"${name}"`)
        })
  })

  describe('deletion', () => {
    for (const phase of ['published', 'active', 'paused'])
      it(`is refused while the plan is ${phase}, by a command that cancels it`, async () => {
        const name = await planIn(phase)
        const answer = await ground().kubectl(ALICE, ['delete', 'rplan', name])
        expectDenial(answer, 'plan', `plan ${name} is ${phase}: cancel it first, with: echo '{"apiVersion":`)
        const [, object, command] = answer.stderr.match(/with: echo '(\{.*\})' \| kubectl (.*)$/m) ?? []
        expect(command).to.equal('create -f -')
        const cancellation = JSON.parse(object ?? '') as object
        const created = await ground().succeed(ALICE, ['create', '-o', 'jsonpath={.spec}', '-f', '-'], cancellation)
        expect(JSON.parse(created)).to.include({ planName: name, strategy: 'cancel', operator: 'alice' })
      })

    for (const phase of ['completed', 'rolled_back', 'cancelled'])
      it(`is free once the plan is ${phase}`, async () => {
        await ground().succeed(ALICE, ['delete', 'rplan', await planIn(phase)])
      })

    it('is refused to an administrator, too', async () => {
      const answer = await ground().kubectl(ADMIN, ['delete', 'rplan', 'is-active'])
      expectDenial(answer, 'plan', 'plan is-active is active: cancel it first')
    })

    it('takes the members of its stages along', async () => {
      const name = await planIn('completed')
      const uid = await ground().field(`rplan/${name}`, '.metadata.uid')
      const ownerReferences = [{ apiVersion: API_VERSION, kind: 'RolloutPlan', name, uid }]
      const metadata = { name: 'members', namespace: 'fleet', labels: { [PLAN_UID_LABEL]: uid }, ownerReferences }
      const revision = { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, revision: 1, data: {} }
      expectSuccess(await ground().create(OPERATOR, revision))
      await ground().succeed(ALICE, ['delete', 'rplan', name])
      const gone = async () => (await ground().kubectl(ADMIN, ['get', 'controllerrevision', 'members'])).code === 1
      await until(gone, { what: 'the garbage collector deletes the members', withinMs: 30_000 })
    })

    it('comes with that of the namespace, whatever the plan is doing, and so does that of its record', async () => {
      await planIn('active', 'lab')
      const inLab = { ...recovery('retry-1'), metadata: { name: 'retry-1', namespace: 'lab' } }
      await ground().succeed(ADMIN, ['create', '-n', 'lab', '-f', '-'], inLab)
      await ground().succeed(ADMIN, ['delete', 'namespace', 'lab', '--wait=false'])
      const gone = async () => (await ground().kubectl(ADMIN, ['get', 'namespace', 'lab'])).code === 1
      await until(gone, { what: 'the namespace goes', withinMs: 40_000, everyMs: 200 })
    })
  })
})
