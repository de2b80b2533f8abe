import { expect } from 'chai'
import fc from 'fast-check'
import { planSpec } from '../../../operator/api/rollout-plan.ts'
import type { PlanSpec } from '../../../operator/api/rollout-plan.ts'
import type { FleetNode } from '../../../operator/fleet/node.ts'
import { withDefaults } from '../../../kubectl-plugin/lint/defaults.ts'
import { drawFor } from '../../../kubectl-plugin/preview/draw.ts'
import { forecast } from '../../../kubectl-plugin/preview/forecast.ts'

function node(index: number, labels: { readonly [key: string]: string }): FleetNode {
  const name = `robot-${index}`
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '', labels, annotations: {} },
    ready: { ok: true, since: 0, detail: '' },
  }
}

function specOf(spec: object): PlanSpec {
  return withDefaults(planSpec, { artifactRef: 'x', ...spec }) as PlanSpec
}

const words = fc.constantFrom('a', 'b', 'c')
const labels = fc.record({ site: words, ring: words, fleet: fc.constantFrom('yes', 'no') })
const selector = fc.option(
  fc.record({ matchLabels: fc.dictionary(fc.constantFrom('site', 'ring'), words, { maxKeys: 2 }) }),
  { nil: undefined },
)
const limit = fc.option(
  fc.oneof(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 100 }).map(percent => `${percent}%`),
  ),
  { nil: undefined },
)
const stage = fc.record({ selector, limit })
const plans = fc.record({
  nodes: fc.array(labels, { maxLength: 25 }),
  stages: fc.array(stage, { minLength: 1, maxLength: 5 }),
  uids: fc.array(fc.uuid(), { minLength: 3, maxLength: 3 }),
})

describe('a forecast', () => {
  it('holds for every draw that the operator may make', () => {
    fc.assert(
      fc.property(plans, ({ nodes: all, stages, uids }) => {
        const nodes = all.map((labels, index) => node(index, labels))
        const spec = specOf({
          fleet: { selector: { matchLabels: { fleet: 'yes' } } },
          stages: stages.map(({ selector, limit }, index) => ({
            id: `s${index}`,
            nodes: {
              ...(selector === undefined ? {} : { selector }),
              ...(limit === undefined ? {} : { limit }),
            },
          })),
        })
        const { stages: foreseen, unassigned } = forecast(spec, nodes)
        for (const uid of uids)
          for (const [index, { nodes: members }] of drawFor('p', uid, spec, nodes).entries()) {
            const { size, certain, drawnFrom } = foreseen[index]!
            expect(members.length).to.be.within(size.least, size.most)
            const names = (some: readonly FleetNode[]) => some.map(({ metadata }) => metadata.name)
            expect(members).to.include.members(names(certain))
            expect([...names(certain), ...names(drawnFrom)]).to.include.members([...members])
            for (const { metadata } of unassigned) expect(members).not.to.include(metadata.name)
          }
      }),
      { numRuns: 300 },
    )
  })

  const robots = Array.from({ length: 60 }, (_, index) =>
    node(index, { fleet: 'yes', ring: index < 12 ? 'canary' : 'wide' }),
  )
  const foreseen = forecast(
    specOf({
      fleet: { selector: { matchLabels: { fleet: 'yes' } } },
      activation: { confirm: { kind: 'ready', minReadySeconds: 10 } },
      stages: [
        {
          id: 'canary',
          nodes: { selector: { matchLabels: { ring: 'canary' } }, limit: '5%' },
          batchSize: 3,
          gates: [
            { kind: 'time_soak', seconds: 60 },
            { kind: 'health', minPercent: 100, forSeconds: 90 },
            { kind: 'manual', approvals: 2 },
          ],
        },
        { id: 'ring', nodes: { selector: { matchLabels: { ring: 'canary' } } }, batchSize: '50%', maxFailures: '10%' },
        { id: 'wide', nodes: {}, batchSize: '25%', maxFailures: '10%' },
      ],
    }),
    robots,
  )

  it('knows how many nodes each stage has, although not which', () => {
    expect(foreseen.stages.map(({ size }) => size)).to.deep.equal([
      { least: 3, most: 3 },
      { least: 9, most: 9 },
      { least: 48, most: 48 },
    ])
    expect(foreseen.stages.map(({ certain, drawnFrom }) => [certain.length, drawnFrom.length])).to.deep.equal([
      [0, 12],
      [0, 12],
      [48, 0],
    ])
  })

  it('knows batches, rounds and what is tolerated, rounded as the operator rounds', () => {
    const numbers = foreseen.stages.map(({ batch, rounds, tolerated }) => [batch, rounds, tolerated.failed])
    expect(numbers).to.deep.equal([
      [3, 1, 0],
      [5, 2, 0],
      [12, 4, 4],
    ])
  })

  it('adds confirming, round by round, and the longest of the waits, which run side by side', () => {
    expect(foreseen.stages.map(({ bestSeconds }) => bestSeconds)).to.deep.equal([100, 20, 40])
  })

  it('counts approvals, for which nobody can say how long they take', () => {
    expect(foreseen.stages.map(({ approvals }) => approvals)).to.deep.equal([2, 0, 0])
  })
})
