import { expect } from 'chai'
import { trimPod } from '../../operator/fleet/pod.ts'
import { CONFIRM, RELEASE, nodes, plan, stage, time } from './build.ts'
import { condition, labelled, memberNames, settle, stageOf, world } from './world.ts'

/** A pod as the kubelet reports it, `restarts` times crashed, its container now in this state. */
function crashing(nodeName: string, state: object, restarts: number) {
  return trimPod({
    metadata: {
      name: `agent-${nodeName}`,
      namespace: 'fleet',
      uid: `uid-agent-${nodeName}`,
      resourceVersion: '1',
      creationTimestamp: time(2),
      labels: { app: 'agent', release: RELEASE },
    },
    spec: { nodeName },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: time(2) }],
      containerStatuses: [
        {
          name: 'agent',
          restartCount: restarts,
          state,
          lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: time(60 * restarts) } },
        },
      ],
    },
  })
}

/** What a container that crashes over and over goes through, as the kubelet reports it. */
const LOOP = {
  'waits before it is started again': { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
  'runs for a moment': { running: { startedAt: time(200) } },
  'has just crashed': { terminated: { exitCode: 1, reason: 'Error', finishedAt: time(201) } },
}

describe('release that crash-loops', () => {
  for (const [moment, state] of Object.entries(LOOP))
    it(`reaches no further node while its container ${moment}`, () => {
      const here = world(plan({ confirm: CONFIRM.pod, stages: [stage('stage-01', { batchSize: 2 })] }), nodes(6))
      settle(here, 0)
      const first = memberNames(here).slice(0, 2)
      here.pods = new Map(first.map(name => [name, [crashing(name, LOOP['waits before it is started again'], 3)]]))
      settle(here, 190)
      expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
      here.pods = new Map([
        [first[0]!, [crashing(first[0]!, state, 4)]],
        [first[1]!, []],
      ])
      settle(here, 202)
      expect(condition(here, 'Stalled')).to.equal('True TooManyFailures')
      expect(stageOf(here).released).to.equal(2)
      expect(labelled(here)).to.have.length(2)
    })

  it('does not fail a node for one crash at its start', () => {
    const here = world(plan({ confirm: CONFIRM.pod }), nodes(1))
    settle(here, 0)
    here.pods = new Map([['n01', [crashing('n01', LOOP['runs for a moment'], 1)]]])
    settle(here, 70)
    expect(stageOf(here).counts).to.include({ activating: 1, failed: 0 })
  })
})
