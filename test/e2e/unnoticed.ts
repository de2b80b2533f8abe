import { expect } from 'chai'
import { type OperatorPod, operatorPods } from './installation.ts'
import { completed, expectOnce } from './rollout-check.ts'
import type { Scene } from './scene.ts'
import { type Yard, midway } from './yard.ts'

/** Something fails in the middle of a rollout; expects that it ends as if nothing had, and no pod of the operator did. */
export async function unnoticed(scene: Scene, yard: Yard, fault: () => Promise<void>): Promise<string> {
  const before = await operatorPods(scene)
  const rollout = await yard.publish()
  await midway(yard, rollout)
  await fault()
  await yard.reached(rollout.plan, 'it is completed', completed)
  expect((await operatorPods(scene)).map(identity)).to.have.members(before.map(identity))
  return expectOnce(yard, rollout)
}

const identity = ({ uid, restarts }: OperatorPod): string => `${uid}, restarted ${restarts} times`
