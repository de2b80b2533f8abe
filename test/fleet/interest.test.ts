import { expect } from 'chai'
import { changeOfNode, concernsPlan } from '../../operator/fleet/interest.ts'
import { node, plan } from '../rollout/build.ts'

const BEFORE = node('n01', { labels: { fleet: 'robots' } })

/** Whether a plan for the fleet of robots is to be looked at when the node becomes this. */
function concerns(after: Parameters<typeof node>[1]): boolean {
  const change = changeOfNode(BEFORE, node('n01', after))
  return change !== undefined && concernsPlan(plan({ fleet: { fleet: 'robots' } }), change)
}

describe('change of a node', () => {
  const labels = { fleet: 'robots' }

  for (const [what, after, wanted] of [
    ['nothing', { labels }, false],
    ['its readiness', { labels, ready: false }, true],
    ['a label of somebody', { labels: { ...labels, rack: '7' } }, true],
    ['a label that the plan selects by', { labels: {} }, true],
    ['the activation label', { labels: { ...labels, 'fleet.autonomyops.dev/release': '2' } }, true],
    ["another plan's activation label", { labels: { ...labels, 'fleet.autonomyops.dev/firmware': '2' } }, false],
    ['an annotation of the activation', { labels, annotations: { 'fleet.autonomyops.dev/plan-uid': 'u' } }, true],
    ['the report of its agent', { labels, annotations: { 'fleet.autonomyops.dev/running-release': '2' } }, true],
    [
      'an annotation of another activation',
      { labels, annotations: { 'fleet.autonomyops.dev/firmware.plan-uid': 'u' } },
      false,
    ],
    ['an annotation of somebody', { labels, annotations: { heartbeat: '7' } }, false],
  ] as const)
    it(`in ${what} ${wanted ? 'concerns' : 'does not concern'} the plan`, () => {
      expect(concerns(after)).to.equal(wanted)
    })
})
