import { expect } from 'chai'
import { QUALIFIED_NAME } from '../../operator/api/fragments.ts'
import { ANNOTATION, LONGEST_LABEL, NODE_PREFIX, RELEASE_LABEL, annotationsOf } from '../../operator/api/names.ts'

describe('annotations beside an activation label', () => {
  it('have short names for the default label', () => {
    expect(annotationsOf(RELEASE_LABEL)).to.deep.equal(ANNOTATION)
    expect(ANNOTATION.planUid).to.equal('fleet.autonomyops.dev/plan-uid')
  })

  it('carry the name of any other label', () => {
    expect(annotationsOf('fleet.autonomyops.dev/firmware')).to.include({
      planUid: 'fleet.autonomyops.dev/firmware.plan-uid',
      dismissed: 'fleet.autonomyops.dev/firmware.dismissed-report',
    })
  })

  it('are different for different labels, whatever these are called', () => {
    const labels = ['a', 'a.plan', 'plan', 'plan.uid', 'plan-uid'].map(name => `${NODE_PREFIX}${name}`)
    const keys = [RELEASE_LABEL, ...labels].flatMap(label => Object.values(annotationsOf(label)))
    expect(new Set(keys).size).to.equal(keys.length)
  })

  it('are valid keys for the longest label there may be, and for no longer one', () => {
    const valid = (length: number) =>
      Object.values(annotationsOf(NODE_PREFIX.padEnd(length, 'x'))).every(key => new RegExp(QUALIFIED_NAME).test(key))
    expect(valid(LONGEST_LABEL)).to.equal(true)
    expect(valid(LONGEST_LABEL + 1)).to.equal(false)
  })
})
