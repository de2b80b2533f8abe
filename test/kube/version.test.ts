import { expect } from 'chai'
import * as fc from 'fast-check'
import { compareResourceVersions } from '../../operator/kube/version.ts'

describe('compareResourceVersions', () => {
  it('orders as the numbers do, however large', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), fc.bigInt({ min: 0n, max: 2n ** 70n }), (a, b) => {
        expect(Math.sign(compareResourceVersions(`${a}`, `${b}`))).to.equal(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })
})
