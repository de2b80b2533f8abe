import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { together } from './harness/together.ts'
import { type WireRevision, create, list, nodePath, patch, reasonOf, remove, stageOf } from './harness/wire.ts'
import type { Scene } from './harness/scene.ts'
import { sharedWorld } from './harness/world.ts'

const revisionsOf = ({ cluster, namespace }: Scene) =>
  list<WireRevision>(cluster, `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`)

describe('members of a stage', () => {
  const world = sharedWorld()

  together(it => {
    it('are kept by UID in a ControllerRevision that belongs to the plan, and the status has its digest', async () => {
      const scene = await world.scene('frozen', { nodes: 4 })
      await scene.publish()
      const plan = await scene.until('its nodes are chosen', found => stageOf(found)?.members !== undefined)
      const [revision, ...more] = await revisionsOf(scene)
      expect(more).to.deep.equal([])
      const { data, metadata } = revision!
      expect(data.members.map(([name]) => name).toSorted()).to.deep.equal(scene.names.toSorted())
      const uids = new Map((await scene.nodes()).map(node => [node.metadata.name, node.metadata.uid]))
      for (const [name, uid] of data.members) expect(uid).to.equal(uids.get(name))
      expect(stageOf(plan)?.members).to.deep.equal({ count: 4, digest: data.digest })
      expect(metadata.ownerReferences[0]).to.include({ kind: 'RolloutPlan', name: 'plan', uid: plan.metadata.uid })
    })

    it('are one list: another one, which a crash may leave behind, is deleted', async () => {
      const scene = await world.scene('leftover', { nodes: 1 })
      await scene.publish()
      await scene.until('its nodes are chosen', found => stageOf(found)?.members !== undefined)
      const [settled] = await revisionsOf(scene)
      const { metadata, data } = settled!
      const { name, labels, ownerReferences } = metadata
      const digest = '0'.repeat(data.digest.length)
      await create(scene.cluster, `/apis/apps/v1/namespaces/${scene.namespace}/controllerrevisions`, {
        metadata: { name: name.replace(data.digest, digest), labels, ownerReferences },
        revision: 1,
        data: { ...data, digest },
      })
      const left = async () => {
        const names = (await revisionsOf(scene)).map(revision => revision.metadata.name)
        return names.length === 1 && names
      }
      expect(await scene.eventually('one list is left', left)).to.deep.equal([name])
    })

    it('come in the order of a hash of plan and node, so that canaries are not always the same machines', async () => {
      const scene = await world.scene('order', { nodes: 6 })
      const plan = await scene.publish()
      await scene.until('its nodes are chosen', found => stageOf(found)?.members !== undefined)
      const [revision] = await revisionsOf(scene)
      const rank = (uid: string) => createHash('sha256').update(`${plan.metadata.uid}/${uid}`).digest('hex')
      const ranks = revision!.data.members.map(([, uid]) => rank(uid))
      expect(ranks).to.deep.equal(ranks.toSorted())
    })

    it('are not joined by a node that comes while the stage is open; a later stage takes it', async () => {
      const scene = await world.scene('join', { nodes: 1 })
      await scene.publish({ stages: [{ id: 's1' }, { id: 's2' }] })
      await scene.untilLabelled(1)
      const [late = ''] = await scene.addNodes(1, 1)
      await scene.confirm(scene.names)
      await scene.untilLabelled(2)
      const plan = await scene.until('the second stage has it', found => stageOf(found, 's2')?.members?.count === 1)
      expect(stageOf(plan)?.members?.count).to.equal(1)
      await scene.confirm([late])
      await scene.until('it is completed', found => found.status.phase === 'completed')
    })

    it('are a share of the fleet, rounded up, and who belongs to no stage is counted', async () => {
      const scene = await world.scene('limit', { nodes: 7 })
      await scene.publish({ stages: [{ id: 's1', nodes: { limit: '20%' } }] })
      const plan = await scene.until('its nodes are chosen', found => stageOf(found)?.members !== undefined)
      expect(stageOf(plan)?.members?.count).to.equal(2)
      await scene.until('the rest is counted', found => found.status.unassigned === 5)
      const events = await scene.eventually('a warning is stored', async () => {
        const found = await scene.events(plan.metadata.uid)
        return found.some(({ reason }) => reason === 'NodesUnassigned') && found
      })
      expect(events.find(({ reason }) => reason === 'NodesUnassigned')).to.include({ type: 'Warning' })
    })

    it('must be some: an empty stage blocks with NoNodes, and goes on as soon as a node is labelled for it', async () => {
      const scene = await world.scene('nobody', { nodes: 1 })
      const canaries = { selector: { matchLabels: { canary: 'yes' } } }
      await scene.publish({
        confirm: { kind: 'ready' },
        stages: [
          { id: 's1', nodes: canaries },
          { id: 's2', allowEmpty: true },
        ],
      })
      const plan = await scene.until('it is blocked', found => reasonOf(found) === 'NoNodes')
      expect(plan.status.conditions?.[0]?.message).to.match(/selects no node: label nodes for it, skip_failed/)
      expect(await scene.labelled()).to.deep.equal([])
      await patch(scene.cluster, nodePath(scene.names[0]!), { metadata: { labels: { canary: 'yes' } } })
      await scene.until('it is completed', found => found.status.phase === 'completed')
      expect(await scene.labelled()).to.deep.equal(scene.names)
    })

    it('may be none where the plan says so, and an empty stage may be skipped', async () => {
      const scene = await world.scene('empty', { nodes: 1 })
      const nobody = { selector: { matchLabels: { canary: 'yes' } } }
      await scene.publish({
        confirm: { kind: 'ready' },
        stages: [{ id: 's1', nodes: nobody, allowEmpty: true }, { id: 's2', nodes: nobody }, { id: 's3' }],
      })
      await scene.until(
        'the second stage blocks',
        plan => plan.status.currentStageId === 's2' && reasonOf(plan) === 'NoNodes',
      )
      const { status } = await scene.recover('skip_failed', { stageId: 's2' })
      expect(status).to.include({ skippedStageId: 's2', nextStageId: 's3' })
      await scene.until('it is completed', plan => plan.status.phase === 'completed')
    })

    it('that are all deleted leave nothing to go by: the stage is not promoted', async () => {
      const scene = await world.scene('deserted', { nodes: 1 })
      await scene.publish()
      await scene.untilLabelled(1)
      await remove(scene.cluster, nodePath(scene.names[0]!))
      const plan = await scene.until('it is blocked', found => reasonOf(found) === 'NoNodes')
      expect(plan.status.conditions?.[0]?.message).to.include('all 1 of its nodes were deleted')
    })
  })
})
