import { expect } from 'chai'
import { type MembershipPart, frozenOf, isPartOf, partsOf } from '../../operator/view/membership.ts'
import { frozen, nodes, opened, plan, time } from '../rollout/build.ts'

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
    expect(frozenOf(PLAN, parts.toReversed()).get('stage-01')).to.deep.equal(OF)
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
      expect(frozenOf(PLAN, parts).get('stage-01')).to.equal(undefined)
  })

  it('are put together once for the same parts, and anew for others', () => {
    const parts = stored()
    const before = frozenOf(PLAN, parts).get('stage-01')
    expect(frozenOf(PLAN, parts.toReversed()).get('stage-01')).to.equal(before)
    const again = [parts[0]!, moved(parts[1]!, { resourceVersion: '2' }), parts[2]!]
    const after = frozenOf(PLAN, again).get('stage-01')
    expect(after).to.not.equal(before)
    expect(after).to.deep.equal(OF)
  })

  it('are those of the list that the stage has recorded', () => {
    const other = frozen(...nodes(3))
    const recorded = plan({ uid: PLAN.metadata.uid, status: { stages: [opened('stage-01', other)] } })
    const parts = [...stored(), ...stored('stage-01', other)]
    expect(frozenOf(recorded, parts).get('stage-01')).to.deep.equal(other)
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
