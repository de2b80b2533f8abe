import { expect } from 'chai'
import { RELEASE_LABEL } from '../../operator/api/names.ts'
import type { RolloutPlan } from '../../operator/api/object.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import type { FleetPod } from '../../operator/fleet/pod.ts'
import { writeBitmap } from '../../operator/rollout/bitmap.ts'
import { type MemberNode, membersOf } from '../../operator/rollout/member.ts'
import { CONFIRM, RELEASE, activated, at, frozen, node, observation, opened, plan, pod, reporting } from './build.ts'

type Case = {
  readonly node: FleetNode | undefined
  readonly plan?: RolloutPlan
  readonly pods?: readonly FleetPod[] | 'unseen'
  readonly rivals?: readonly RolloutPlan[]
  /** Has confirmed in this attempt, as the status remembers. */
  readonly confirmed?: boolean
  /** Had failed when the attempt began. */
  readonly retried?: boolean
  readonly attempt?: number
  /** Seconds after START. */
  readonly now?: number
}

const ours = plan()
const fresh = node('a')
const labelled = activated(fresh, ours)
const down = (one: FleetNode, since = 100): FleetNode => ({
  ...one,
  ready: { ...one.ready, ok: false, since: at(since) },
})

/** The member `a` of the open stage. */
function look({ node: seen, confirmed = false, retried = false, attempt = 1, now = 200, ...rest }: Case): MemberNode {
  const of = frozen(fresh)
  const watched = observation({ plan: ours, ...rest, nodes: seen ? [seen] : [] })
  const marks = { confirmed: writeBitmap(confirmed ? [0] : []), retried: writeBitmap(retried ? [0] : []) }
  const [member] = membersOf(watched, opened('stage-01', of, { attempt, ...marks }), of, at(now))
  return member!
}

const stateOf = (seen: Case) => look(seen).state

describe('member before its turn', () => {
  it('is pending', () => {
    expect(stateOf({ node: fresh })).to.deep.equal({ kind: 'pending', again: false })
  })

  it('is unreachable while the node is not Ready', () => {
    expect(stateOf({ node: down(fresh) })).to.deep.equal({
      kind: 'unreachable',
      detail: 'node is not Ready (KubeletNotReady)',
    })
  })

  it('is pending when an ended or deleted plan had the node before', () => {
    const other = plan({ name: 'other', status: { phase: 'completed' } })
    expect(stateOf({ node: activated(fresh, other), rivals: [other] }).kind).to.equal('pending')
    expect(stateOf({ node: activated(fresh, other) }).kind).to.equal('pending')
  })

  for (const phase of ['active', 'paused'] as const)
    it(`is held while another plan that is ${phase} has the node, Ready or not`, () => {
      const other = plan({ name: 'other', status: { phase } })
      const held = { kind: 'pending', again: false, heldBy: 'fleet/other' }
      expect(stateOf({ node: activated(fresh, other), rivals: [other] })).to.deep.equal(held)
      expect(stateOf({ node: down(activated(fresh, other)), rivals: [other] })).to.deep.equal(held)
    })
})

describe('member that is gone', () => {
  it('is gone when the node is deleted', () => {
    expect(stateOf({ node: undefined })).to.deep.equal({ kind: 'gone' })
  })

  it('is gone when the node was recreated under the same name: the new one is another node', () => {
    expect(stateOf({ node: node('a', { uid: 'uid-new' }) })).to.deep.equal({ kind: 'gone' })
  })

  it('has confirmed still, when it did before', () => {
    expect(look({ node: undefined, confirmed: true })).to.include({ confirmed: true, ours: false })
  })
})

describe('member in flight', () => {
  it('is activating until its deadline, and says what is waited for', () => {
    expect(stateOf({ node: labelled })).to.deep.equal({
      kind: 'activating',
      deadline: at(600),
      detail: 'its agent has not reported',
    })
  })

  it('is activated when the release is confirmed and the node is Ready', () => {
    expect(stateOf({ node: reporting(labelled, RELEASE) })).to.deep.equal({
      kind: 'activated',
      since: at(0),
      undated: true,
    })
  })

  it('is activated since the node became Ready, when that was later', () => {
    const back = { ...labelled, ready: { ...labelled.ready, since: at(150) } }
    expect(stateOf({ node: reporting(back, RELEASE) })).to.deep.equal({
      kind: 'activated',
      since: at(150),
      undated: true,
    })
  })

  it('goes on activating while the node is not Ready, confirmed or not', () => {
    expect(stateOf({ node: down(labelled) })).to.include({ kind: 'activating', deadline: at(600) })
    expect(stateOf({ node: down(reporting(labelled, RELEASE)) })).to.deep.include({
      kind: 'activating',
      detail: 'node is not Ready (KubeletNotReady)',
    })
  })

  it('names the time at which waiting alone may confirm it', () => {
    const steady = plan({ confirm: { ...CONFIRM.pod, minReadySeconds: 60 } })
    const state = stateOf({ node: labelled, plan: steady, pods: [pod('a', { since: 190 })] })
    expect(state).to.include({ kind: 'activating', until: at(250) })
  })

  it('is ours', () => {
    expect(look({ node: labelled })).to.include({ ours: true, confirmed: false })
    expect(look({ node: fresh }).ours).to.equal(false)
  })
})

describe('member that fails', () => {
  it('fails by time-out, exactly at its deadline', () => {
    expect(stateOf({ node: labelled, now: 599.999 }).kind).to.equal('activating')
    expect(stateOf({ node: labelled, now: 600 })).to.deep.equal({
      kind: 'failed',
      reason: 'TimedOut',
      detail: 'its agent has not reported 600 s after its activation',
    })
  })

  it('fails as NodeNotReady when the node is down at the deadline', () => {
    expect(stateOf({ node: down(labelled), now: 600 })).to.include({ kind: 'failed', reason: 'NodeNotReady' })
  })

  it('fails at once when its agent says so', () => {
    expect(stateOf({ node: reporting(labelled, `failed:${RELEASE} disk full`) })).to.deep.equal({
      kind: 'failed',
      reason: 'AgentReportedFailure',
      detail: 'its agent reports: disk full',
    })
  })

  describe('with a pod that has ended', () => {
    const shutDown = { kind: 'evicted', reason: 'Terminated', detail: 'node shutdown', at: undefined } as const
    const old = pod('a', { name: 'old', ready: false, created: 3, fault: shutDown })
    const byPod = plan({ confirm: CONFIRM.pod })
    const kindOf = (...pods: readonly FleetPod[]) => stateOf({ node: labelled, plan: byPod, pods }).kind

    it('waits for the one that has come in its place', () => {
      expect(kindOf(old, pod('a', { name: 'new', ready: false, created: 8 }))).to.equal('activating')
      expect(kindOf(old, pod('a', { name: 'new', ready: false, created: 3 }))).to.equal('activating')
      expect(kindOf(old, pod('a', { name: 'new', created: 8, since: 9 }))).to.equal('activated')
    })

    it('fails when none has, when it is going, or when it has ended too', () => {
      const ended = { name: 'new', ready: false, created: 8, fault: shutDown }
      expect(kindOf(old)).to.equal('failed')
      expect(kindOf(old, pod('a', { name: 'new', ready: false, created: 8, terminating: true }))).to.equal('failed')
      expect(kindOf(old, pod('a', ended))).to.equal('failed')
    })

    it('fails by the fault of the one that has come in its place', () => {
      const crash = { kind: 'crash', reason: 'CrashLoopBackOff', detail: 'exited', at: at(9) } as const
      const broken = pod('a', { name: 'new', ready: false, created: 8, fault: crash })
      expect(stateOf({ node: labelled, plan: byPod, pods: [old, broken] })).to.include({ reason: 'CrashLoopBackOff' })
    })
  })

  const faults = { CrashLoopBackOff: 'crash', ImagePullBackOff: 'pull', ErrImagePull: 'pull' } as const
  for (const [reason, kind] of Object.entries(faults))
    it(`fails at once when its pod says ${reason}`, () => {
      const broken = pod('a', { ready: false, created: 5, fault: { kind, reason, detail: 'seen', at: undefined } })
      expect(stateOf({ node: labelled, plan: plan({ confirm: CONFIRM.pod }), pods: [broken] })).to.deep.equal({
        kind: 'failed',
        reason,
        detail: 'pod fleet/agent-a: seen',
      })
    })

  it('fails when somebody changed the label, confirmed or not', () => {
    const changed = { ...labelled, metadata: { ...labelled.metadata, labels: { [RELEASE_LABEL]: '1.0.0' } } }
    for (const confirmed of [false, true])
      expect(stateOf({ node: reporting(changed, RELEASE), confirmed })).to.include({
        kind: 'failed',
        reason: 'LabelChanged',
      })
  })

  it('fails when the node becomes NotReady after it confirmed', () => {
    expect(stateOf({ node: down(reporting(labelled, RELEASE)), confirmed: true })).to.deep.equal({
      kind: 'failed',
      reason: 'NodeNotReady',
      detail: 'node is not Ready (KubeletNotReady) since its activation',
    })
  })

  it('fails when the release is not confirmed any more', () => {
    expect(stateOf({ node: reporting(labelled, '1.0.0'), confirmed: true })).to.include({
      kind: 'failed',
      reason: 'NotConfirmed',
    })
  })

  it('keeps having confirmed, so that a stop lets it keep its release', () => {
    expect(look({ node: down(labelled), confirmed: true }).confirmed).to.equal(true)
  })

  it('is activated again when it recovers by itself', () => {
    expect(stateOf({ node: reporting(labelled, RELEASE), confirmed: true, now: 9000 }).kind).to.equal('activated')
    expect(stateOf({ node: reporting(labelled, RELEASE), now: 9000 }).kind).to.equal('activated')
  })
})

describe('member after a retry', () => {
  it('is pending again when it had failed', () => {
    const again = { kind: 'pending', again: true }
    expect(stateOf({ node: labelled, now: 600, retried: true, attempt: 2 })).to.deep.equal(again)
    expect(stateOf({ node: reporting(labelled, `failed:${RELEASE}`), retried: true, attempt: 2 })).to.deep.equal(again)
  })

  it('is pending again when somebody had changed its label', () => {
    const changed = { ...labelled, metadata: { ...labelled.metadata, labels: {} } }
    expect(stateOf({ node: changed, retried: true, attempt: 2 })).to.deep.equal({ kind: 'pending', again: true })
  })

  it('is unreachable when it had failed and is not Ready now', () => {
    expect(stateOf({ node: down(labelled), now: 600, retried: true, attempt: 2 }).kind).to.equal('unreachable')
  })

  it('goes on when it was in flight', () => {
    expect(stateOf({ node: labelled, attempt: 2 }).kind).to.equal('activating')
  })

  it('fails like any other when it was in flight: only what had failed is tried again', () => {
    expect(stateOf({ node: labelled, now: 700, attempt: 2 }).kind).to.equal('failed')
  })

  it('fails anew in the new attempt, at the new deadline', () => {
    const second = activated(labelled, ours, { attempt: 2, at: 1000 })
    expect(stateOf({ node: second, attempt: 2, now: 1599 })).to.include({ kind: 'activating', deadline: at(1600) })
    expect(stateOf({ node: second, attempt: 2, now: 1600 })).to.include({ kind: 'failed', reason: 'TimedOut' })
  })

  it('that has confirmed in this attempt fails for good when it is lost', () => {
    expect(stateOf({ node: down(labelled), confirmed: true, retried: true, attempt: 2 }).kind).to.equal('failed')
  })
})

describe('member while its pods cannot be seen', () => {
  const byPod = plan({ confirm: CONFIRM.pod })

  it('stays what it was: activated when it had confirmed, else activating, even past its deadline', () => {
    expect(stateOf({ node: labelled, plan: byPod, pods: 'unseen', confirmed: true }).kind).to.equal('activated')
    expect(stateOf({ node: labelled, plan: byPod, pods: 'unseen', now: 9000 })).to.include({
      kind: 'activating',
      deadline: at(600),
    })
  })

  it('is judged all the same when the plan needs no pods', () => {
    expect(stateOf({ node: reporting(labelled, RELEASE), pods: 'unseen' }).kind).to.equal('activated')
  })
})

describe('members', () => {
  it('keep their frozen order and index, each with its own evidence', () => {
    const of = frozen(node('b'), fresh, node('c'))
    const watched = observation({ plan: ours, nodes: [reporting(labelled, RELEASE), node('c')] })
    const found = membersOf(watched, opened('stage-01', of), of, at(200))
    expect(found.map(({ index, name, state }) => [index, name, state.kind])).to.deep.equal([
      [0, 'b', 'gone'],
      [1, 'a', 'activated'],
      [2, 'c', 'pending'],
    ])
  })
})
