import { expect } from 'chai'
import type { Body, Wire } from '../api/server.ts'
import { withApi } from '../api/server.ts'
import { plan, recovery } from '../api/object.ts'
import { codesUnder } from '../rollout/reasons-page.ts'
import { PLANS, RECOVERIES } from './situations.ts'
import { withJudge } from './verdicts.ts'

describe('verdict of GitOps tools', () => {
  const api = withApi()
  const judge = withJudge()

  /** The object as the API server tells it, after the operator process has written that status, if it has. */
  async function served(object: Wire, status: unknown): Promise<Body & { readonly kind: string }> {
    const created = await api().create(object)
    expect(created.status, JSON.stringify(created.body)).to.equal(201)
    if (status !== undefined) {
      const written = await api().patch(object, { status }, 'status')
      expect(written.status, JSON.stringify(written.body)).to.equal(200)
    }
    return { ...(await api().get(object)), kind: object.kind }
  }

  const reasonOf = ({ status }: Body) => status.conditions.find(({ type }) => type === 'Ready')?.reason ?? ''

  describe('on a plan', () => {
    it('is known for every reason that a plan can have', () => {
      expect([...new Set(PLANS.map(({ reason }) => reason))].sort()).to.deep.equal(codesUnder('Why a plan').toSorted())
    })

    for (const [index, { title, reason, status, kstatus, argocd, flux = kstatus }] of PLANS.entries())
      it(`${title}: ${kstatus}, ${argocd}`, async () => {
        const object = await served(plan(`plan-${index}`), status?.())
        expect(reasonOf(object)).to.equal(reason)
        const said = await judge()(object)
        expect({ kstatus: said.kstatus.status, argocd: said.argocd.status, flux: said.flux?.status }).to.deep.equal({
          kstatus,
          argocd,
          flux,
        })
      })

    it('has the sentence of the plan, where it is a person who has to know it', async () => {
      const stuck = PLANS.find(({ title }) => title === 'that has waited for approval too long')
      const { kstatus, argocd } = await judge()(await served(plan('sentence'), stuck?.status?.()))
      for (const { message } of [kstatus, argocd]) expect(message).to.match(/^no progress since .* approve it$/)
    })

    it('is Progressing for Argo CD and InProgress for Flux while the latest generation is not looked at', async () => {
      const completed = PLANS.find(({ title }) => title === 'that is completed')?.status?.()
      const object = await served(plan('older'), { ...completed, observedGeneration: 0 })
      const said = await judge()(object)
      expect([said.kstatus.status, said.argocd.status, said.flux?.status]).to.deep.equal([
        ...['InProgress', 'Progressing', 'InProgress'],
      ])
    })
  })

  describe('on a recovery', () => {
    for (const [index, { title, reason, status, kstatus, argocd }] of RECOVERIES.entries())
      it(`${title}: ${kstatus}, ${argocd}`, async () => {
        const object = await served(recovery(`recovery-${index}`), status?.())
        expect(reasonOf(object)).to.equal(reason)
        const said = await judge()(object)
        expect([said.kstatus.status, said.argocd.status]).to.deep.equal([kstatus, argocd])
      })
  })

  for (const object of [plan('leaving'), recovery('leaving')])
    it(`on a ${object.kind} that is being deleted: Terminating, Progressing`, async () => {
      await served(object, undefined)
      await api().patch(object, { metadata: { finalizers: ['autonomy.test/stays'] } })
      expect(await api().kubectl(['delete', object.kind, 'leaving', '--wait=false'])).to.include({ code: 0 })
      const said = await judge()({ ...(await api().get(object)), kind: object.kind })
      expect([said.kstatus.status, said.argocd.status]).to.deep.equal(['Terminating', 'Progressing'])
    })
})
