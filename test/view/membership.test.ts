import { expect } from 'chai'
import { type MembershipPart, isPartOf, keptListsOf, leftovers, partsOf } from '../../operator/view/membership.ts'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import { at, frozen, nodes, opened, plan, time } from '../rollout/build.ts'

const OF = frozen(...nodes(4_500))
const PLAN = plan({ uid: '0b8f3f36-7c1c-4e0e-9d53-3f0b5c2d8c11' })
const META = { uid: 'u', resourceVersion: '1', creationTimestamp: time(0) }

function stored(stage = 'stage-01', of = OF): MembershipPart[] {
  return partsOf(PLAN, stage, of).map(({ metadata, ...part }) => ({
    ...part,
    metadata: { ...META, name: metadata.name, namespace: 'fleet', labels: metadata.labels ?? {} },
  }))
}

const moved = (part: MembershipPart, metadata: Partial<MembershipPart['metadata']>) => ({
  ...part,
  metadata: { ...part.metadata, ...metadata },
})

describe('members of a stage', () => {
  it('come back from the parts they were kept in, whatever their order', () => {
    const parts = stored()
    expect(parts).to.have.length(3)
    expect(keptListsOf(parts.toReversed()).get('stage-01')).to.deep.equal([{ ...OF, since: at(0) }])
  })

  it('are unknown while a part is missing, doubled or altered', () => {
    const [first, second, third] = stored() as [MembershipPart, MembershipPart, MembershipPart]
    const altered = { ...second, data: { ...second.data, members: second.data.members.slice(1) } }
    for (const parts of [
      [first, second],
      [first, second, second],
      [first, second, second, third],
      [first, altered, third],
    ])
      expect(keptListsOf(parts).get('stage-01')).to.equal(undefined)
  })

  it('are put together once for the same parts, and anew for others', () => {
    const parts = stored()
    const before = keptListsOf(parts).get('stage-01')?.[0]
    expect(keptListsOf(parts.toReversed()).get('stage-01')?.[0]).to.equal(before)
    const again = [parts[0]!, moved(parts[1]!, { resourceVersion: '2' }), parts[2]!]
    const after = keptListsOf(again).get('stage-01')?.[0]
    expect(after).to.not.equal(before)
    expect(after).to.deep.equal({ ...OF, since: at(0) })
  })

  it('come in all the lists that were kept for the stage, the oldest first', () => {
    const other = frozen(...nodes(3))
    const later = stored('stage-01', other).map(part => moved(part, { creationTimestamp: time(5) }))
    expect(keptListsOf([...later, ...stored()]).get('stage-01')).to.deep.equal([
      { ...OF, since: at(0) },
      { ...other, since: at(5) },
    ])
  })

  it('are not needed any more when the stage has others, was closed without them, or will not open', () => {
    const parts = stored('stage-02')
    const other = frozen(...nodes(3))
    const left = (status: Partial<PlanStatus>) => leftovers(plan({ uid: PLAN.metadata.uid, status }), parts)
    const pending: StageStatus = { id: 'stage-02', phase: 'pending' }
    expect(left({ phase: 'active', stages: [pending] })).to.deep.equal([])
    expect(left({ phase: 'active', stages: [opened('stage-02', OF)] })).to.deep.equal([])
    expect(left({ phase: 'active', stages: [opened('stage-02', other)] })).to.deep.equal(parts)
    expect(left({ phase: 'active', stages: [{ ...pending, phase: 'halted' }] })).to.deep.equal(parts)
    expect(left({ phase: 'rolled_back', stages: [pending] })).to.deep.equal(parts)
  })

  it('are not taken from copies: in another namespace, under another name, of a stage that there is not', () => {
    const [part] = stored() as [MembershipPart]
    expect(isPartOf(PLAN, part)).to.equal(true)
    expect(isPartOf(PLAN, moved(part, { namespace: 'backup' }))).to.equal(false)
    expect(isPartOf(PLAN, moved(part, { name: `${part.metadata.name}-restored` }))).to.equal(false)
    expect(isPartOf(PLAN, { ...part, data: { ...part.data, stage: 'stage-07' } })).to.equal(false)
    expect(isPartOf(plan({ uid: 'another-uid' }), part)).to.equal(false)
  })
})
