import { expect } from 'chai'
import fc from 'fast-check'
import { allot } from '../../../../kubectl-plugin/ui/view/allot.ts'
import { laneColumns } from '../../../../kubectl-plugin/ui/view/columns.ts'
import { moved, windowOf } from '../../../../kubectl-plugin/ui/view/list.ts'

describe('the rows of a page', () => {
  const cases = [
    ['everyone gets what they want, with a blank row between', 20, [4, 3, 8], { rows: [4, 3, 8], gap: 1 }],
    ['the blank rows go first', 15, [4, 3, 8], { rows: [4, 3, 8], gap: 0 }],
    ['the last part is cut before the first', 10, [4, 3, 8], { rows: [4, 3, 3], gap: 0 }],
    ['a part without room for its least is left out', 5, [4, 3, 8], { rows: [3, 2, 0], gap: 0 }],
    ['a part that wants nothing gets nothing', 20, [4, 0, 8], { rows: [4, 0, 8], gap: 1 }],
  ] as const
  for (const [what, room, wants, given] of cases)
    it(what, () =>
      expect(
        allot(
          room,
          wants.map(most => ({ least: 2, most })),
        ),
      ).to.deep.equal(given),
    )

  it('are never more than there are', () =>
    fc.assert(
      fc.property(
        fc.nat(80),
        fc.array(fc.record({ least: fc.nat(6), most: fc.nat(40) }), { maxLength: 5 }),
        (room, wants) => {
          const { rows, gap } = allot(room, wants)
          const parts = rows.filter(count => count > 0).length
          expect(rows.reduce((sum, count) => sum + count, 0) + gap * Math.max(0, parts - 1)).to.be.at.most(room)
        },
      ),
    ))
})

describe('the columns of a lane', () => {
  const wants = { name: 10, phase: 10, progress: 7, trouble: 20, time: 16 }
  const cases = [
    [100, { ...wants, bar: 31 }],
    [74, { ...wants, time: 0, bar: 22 }],
    [50, { ...wants, time: 0, phase: 0, bar: 9 }],
    [40, { ...wants, time: 0, phase: 0, trouble: 0, bar: 20 }],
    [20, { ...wants, time: 0, phase: 0, trouble: 0, bar: 0 }],
    [12, { ...wants, name: 3, time: 0, phase: 0, trouble: 0, bar: 0 }],
  ] as const
  for (const [room, columns] of cases)
    it(`in ${room} cells`, () => expect(laneColumns(room, wants)).to.deep.equal(columns))

  it('always fit', () =>
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 300 }), room => {
        const used = Object.values(laneColumns(room, wants)).reduce(
          (sum, width) => sum + (width > 0 ? width + 1 : 0),
          0,
        )
        expect(used).to.be.at.most(Math.max(room, 10))
      }),
    ))
})

describe('a long list', () => {
  const cases = [
    ['shorter than the screen is shown whole', [3, 0, 10], { from: 0, to: 3, above: 0, below: 0 }],
    ['begins at its top', [100, 0, 10], { from: 0, to: 10, above: 0, below: 90 }],
    ['keeps the choice in the middle', [100, 50, 10], { from: 45, to: 55, above: 45, below: 45 }],
    ['ends at its bottom', [100, 99, 10], { from: 90, to: 100, above: 90, below: 0 }],
    ['without room shows nothing', [100, 5, 0], { from: 5, to: 5, above: 5, below: 95 }],
  ] as const
  for (const [what, [length, selected, room], window] of cases)
    it(what, () => expect(windowOf(length, selected, room)).to.deep.equal(window))

  it('always shows what is chosen', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.nat(),
        fc.integer({ min: 1, max: 100 }),
        (length, at, room) => {
          const selected = at % length
          const { from, to } = windowOf(length, selected, room)
          expect(selected).to.be.within(from, to - 1)
        },
      ),
    ))

  it('ends at its ends', () => {
    expect([moved(5, 4, 1), moved(5, 0, -1), moved(5, 2, Infinity), moved(5, 2, -Infinity)]).to.deep.equal([4, 0, 4, 0])
  })
})
