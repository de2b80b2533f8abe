import { expect } from 'chai'
import { API_VERSION, PROVENANCE } from '../../operator/api/names.ts'
import { STRATEGIES } from '../../operator/api/rollout-plan-status.ts'
import { REPORT, recovery } from '../api/object.ts'
import { expectDenial, expectSuccess, withPolicies } from './ground.ts'
import { ADMIN, ALICE, ANNA, CAROL, DAVE, NORA, OLGA, OPERATOR, RITA, VERA } from './people.ts'

const { createdBy, ...sealed } = PROVENANCE
const SEALED = Object.values(sealed)

function annotated(name: string, annotations: Readonly<Record<string, string>>, spec = {}) {
  const bare = recovery(name, spec)
  return { ...bare, metadata: { ...bare.metadata, annotations } }
}

function stepOf(strategy: string, planName = 'agent-2') {
  const needs = strategy === 'approve' ? { stageId: 'canary' } : strategy === 'gate-report' ? REPORT : {}
  return recovery(`try-${strategy.replace('_', '-')}`, { planName, strategy, ...needs })
}

describe('policy on recoveries', () => {
  const ground = withPolicies()

  describe('who asks', () => {
    it('is filled in by the API server', async () => {
      expectSuccess(await ground().create(ALICE, recovery('unsigned')))
      expect(await ground().field('rrec/unsigned', '.spec.operator')).to.equal('alice')
    })

    it('is filled in before the schema asks for the name of who approves', async () => {
      expectSuccess(await ground().tryToCreate(ALICE, stepOf('approve')))
    })

    it('may be written out', async () => {
      expectSuccess(await ground().tryToCreate(ALICE, recovery('signed', { operator: 'alice' })))
    })

    it('is nobody else', async () => {
      const answer = await ground().create(ALICE, recovery('forged', { operator: 'bob' }))
      const message = 'spec.operator is bob, but you are alice: leave the field out, it is filled in'
      expectDenial(answer, 'recovery', message)
    })

    it('is nobody else for an administrator either', async () => {
      const answer = await ground().create(ADMIN, recovery('forged', { operator: 'alice' }))
      expectDenial(answer, 'recovery', 'spec.operator is alice, but you are admin')
    })

    it('stays when somebody else applies the same file', async () => {
      const apply = ['apply', '--server-side', '-f', '-']
      for (const who of [ADMIN, DAVE, ADMIN]) await ground().succeed(who, apply, recovery('applied'))
      expect(await ground().field('rrec/applied', '.spec.operator')).to.equal('admin')
    })

    it('is left to the operator process, which has verified its caller', async () => {
      const asked = { [sealed.door]: 'direct', [sealed.auditId]: 'x' }
      expectSuccess(await ground().create(OPERATOR, annotated('for-alice', asked, { operator: 'alice' })))
      expect(await ground().field('rrec/for-alice', '.spec.operator')).to.equal('alice')
      const own = 'the rollout operator creates nothing in its own name, but says who has asked'
      expectDenial(await ground().create(OPERATOR, annotated('for-nobody', asked)), 'origin', own)
    })
  })

  describe('the right to a step', () => {
    for (const strategy of STRATEGIES)
      it(`is asked for ${strategy}, beside that to create recoveries`, async () => {
        expectSuccess(await ground().tryToCreate(ALICE, stepOf(strategy)))
        const missing =
          `dave may not ${strategy} plan agent-2: it takes the right to create rollouts/${strategy} in group ` +
          'orchestrator.autonomyops.dev, in namespace fleet or for this plan alone'
        expectDenial(await ground().create(DAVE, stepOf(strategy)), 'recovery', missing)
      })

    for (const [role, who, steps] of [
      ['operator for what ends nothing and skips nothing', OLGA, ['approve', 'halt', 'pause', 'resume', 'retry']],
      ['approver for approving', ANNA, ['approve']],
    ] as const)
      it(`comes with role ${role}, and for nothing else`, async () => {
        const answers = await Promise.all(
          STRATEGIES.map(async strategy => ({ strategy, ...(await ground().tryToCreate(who, stepOf(strategy))) })),
        )
        const allowed = answers.filter(({ code }) => code === 0).map(({ strategy }) => strategy)
        expect(allowed.sort()).to.deep.equal(steps)
        for (const answer of answers)
          if (!allowed.includes(answer.strategy))
            expectDenial(answer, 'recovery', `${who.user} may not ${answer.strategy}`)
      })

    it('does not come with role viewer, which reads', async () => {
      const { code, stderr } = await ground().create(VERA, stepOf('retry'))
      expect(code).to.equal(1)
      expect(stderr).to.include('User "vera" cannot create resource "rolloutrecoveries"')
      await ground().succeed(VERA, ['get', 'rplan,rrec'])
    })

    it('may be given for one plan', async () => {
      expectSuccess(await ground().tryToCreate(CAROL, stepOf('retry')))
      expectDenial(
        await ground().create(CAROL, stepOf('retry', 'agent-3')),
        'recovery',
        'carol may not retry plan agent-3',
      )
    })

    it('counts in its namespace only', async () => {
      const inLab = { ...stepOf('retry'), metadata: { name: 'try-retry', namespace: 'lab' } }
      expectSuccess(await ground().kubectl(NORA, ['create', '-n', 'lab', '--dry-run=server', '-f', '-'], inLab))
      expectDenial(await ground().create(NORA, stepOf('retry')), 'recovery', 'nora may not retry plan agent-2')
    })
  })

  describe('the annotations that say through which door it came', () => {
    for (const key of SEALED)
      it(`cannot be claimed: ${key}`, async () => {
        const answer = await ground().create(ALICE, annotated('claimed', { [key]: 'x' }))
        expectDenial(answer, 'recovery', `leave these annotations out, the rollout operator alone writes them: ${key}`)
      })

    it('cannot name another creator, but may name the true one', async () => {
      const answer = await ground().create(ALICE, annotated('created', { [createdBy]: 'bob' }))
      expectDenial(answer, 'recovery', `leave annotation ${createdBy} out: you are alice`)
      expectSuccess(await ground().tryToCreate(ALICE, annotated('created', { [createdBy]: 'alice' })))
    })

    it('are written by the operator process', async () => {
      const all = Object.fromEntries(Object.values(PROVENANCE).map(key => [key, 'x']))
      const asked = { ...all, [sealed.door]: 'direct' }
      expectSuccess(await ground().create(OPERATOR, annotated('through-rest', asked, { operator: 'alice' })))
    })

    for (const key of Object.values(PROVENANCE))
      it(`can be neither changed, removed nor added: ${key}`, async () => {
        const refused = `these annotations are the record of who asked and cannot be changed: ${key}`
        const annotate = async (name: string, ...words: string[]) =>
          await ground().kubectl(DAVE, ['annotate', '--overwrite', 'rrec', name, ...words])
        expectDenial(await annotate('through-rest', `${key}=y`), 'recovery', refused)
        expectDenial(await annotate('through-rest', `${key}-`), 'recovery', refused)
        expectDenial(await annotate('unsigned', `${key}=y`), 'recovery', refused)
      })

    it('are all that is sealed: other annotations and labels are free', async () => {
      await ground().succeed(DAVE, ['annotate', 'rrec', 'through-rest', 'ticket=OPS-1', 'fleet.autonomyops.dev/note=a'])
      await ground().succeed(DAVE, ['label', 'rrec', 'through-rest', 'team=fleet'])
    })
  })

  describe('the record', () => {
    const owner = { apiVersion: API_VERSION, kind: 'RolloutPlan', name: 'agent-2', uid: 'd0d1f2' }
    const remark = 'is the audit record and stays; dave would need the right to delete rollouts/history in group'

    it('keeps its verdict when somebody sends another one with the rest', async () => {
      const verdict = JSON.stringify({ status: { phase: 'Succeeded' } })
      await ground().succeed(DAVE, ['patch', 'rrec', 'unsigned', '--type=merge', '-p', verdict])
      expect(await ground().field('rrec/unsigned', '.status.phase')).to.equal('Pending')
    })

    it('has no owner whose deletion would take it along', async () => {
      const refused = 'a recovery has no owner: it is the audit record'
      const bare = recovery('owned')
      const owned = { ...bare, metadata: { ...bare.metadata, ownerReferences: [owner] } }
      expectDenial(await ground().create(ALICE, owned), 'recovery', refused)
      const adopt = JSON.stringify({ metadata: { ownerReferences: [owner] } })
      const adopted = await ground().kubectl(DAVE, ['patch', 'rrec', 'unsigned', '--type=merge', '-p', adopt])
      expectDenial(adopted, 'recovery', refused)
    })

    it('cannot be deleted', async () => {
      expectDenial(
        await ground().kubectl(DAVE, ['delete', 'rrec', 'unsigned']),
        'recovery',
        `recovery unsigned ${remark}`,
      )
    })

    it('cannot be deleted in one go with all others', async () => {
      const path = `/apis/${API_VERSION}/namespaces/fleet/rolloutrecoveries`
      const { code, stderr } = await ground().kubectl(DAVE, ['delete', '--raw', path])
      expect(code).to.equal(1)
      expect(stderr).to.include(`denied request: recovery `).and.include(remark)
      expect(await ground().succeed(ADMIN, ['get', 'rrec', '-o', 'name']))
        .to.include('/unsigned')
        .and.include('/applied')
    })

    it('can be deleted by who has the explicit right to, for that plan', async () => {
      expectSuccess(await ground().create(ALICE, recovery('of-agent-3', { planName: 'agent-3' })))
      expectDenial(await ground().kubectl(RITA, ['delete', 'rrec', 'of-agent-3']), 'recovery', 'recovery of-agent-3 is')
      await ground().succeed(RITA, ['delete', 'rrec', 'unsigned'])
    })
  })
})
