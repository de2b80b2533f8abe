import { expect } from 'chai'
import { Registry } from 'prom-client'
import { makePatches, patchesOf } from '../../operator/controllers/node-patches.ts'
import type { FleetNode } from '../../operator/fleet/node.ts'
import type { Cache } from '../../operator/kube/cache.ts'
import type { Client } from '../../operator/kube/client.ts'
import { ApiError } from '../../operator/kube/errors.ts'
import { patchMetrics } from '../../operator/metrics/patches.ts'
import { decide } from '../../operator/rollout/promoter.ts'
import { samplesOf } from '../metrics/exposition.ts'
import { at, nodes as someNodes, plan, stage } from '../rollout/build.ts'
import { look, tick, world } from '../rollout/world.ts'

const PATCH = 'PATCH /api/v1/nodes'
const answers = {
  conflict: new ApiError(PATCH, 409, { reason: 'Conflict', message: 'the object has been modified' }),
  webhook: new ApiError(PATCH, 500, { reason: 'InternalError', message: 'failed calling webhook' }),
  busy: new ApiError(PATCH, 429, { reason: 'TooManyRequests', message: 'later' }, 1000),
} as const

/** A round of patches of forty nodes, of which the named ones are answered so: at times that a real server does not keep. */
async function round(answer: keyof typeof answers, named: readonly string[]) {
  const here = world(plan({ stages: [stage('stage-01', { batchSize: '100%' })] }), someNodes(40))
  // Its members are kept; it is opened with them, and they are released.
  for (let step = 0; step < 2; step += 1) tick(here, 0)
  const before = look(here)
  const patches = patchesOf(before.plan, decide(before, at(1)), before.nodes, at(1))
  expect(patches).to.have.length(40)
  const asked: string[] = []
  const observed: string[] = []
  const client = {
    mergePatch: async (_: unknown, { name }: { readonly name: string }) => {
      asked.push(name)
      if (named.includes(name)) throw answers[answer]
      return { metadata: { name } }
    },
    get: async (_: unknown, { name }: { readonly name: string }) => ({ metadata: { name: `${name}, anew` } }),
  } as unknown as Client
  const cache = {
    observe: ({ metadata }: FleetNode) => void observed.push(metadata.name),
  } as unknown as Cache<FleetNode>
  const counted = new Registry()
  const { signal } = new AbortController()
  const outcome = await makePatches(patches, client, cache, () => false, signal, patchMetrics(counted)).catch(
    (error: unknown) => error,
  )
  return { outcome, asked, observed, counted }
}

describe('round of node patches', () => {
  it('makes all the others when the API server fails for some, and tells what it answered', async () => {
    const { outcome, observed } = await round('webhook', ['n03', 'n30'])
    expect(observed).to.have.length(38)
    expect(outcome).to.include({ made: 38, stale: false, failure: answers.webhook })
    expect(outcome)
      .to.have.property('trouble')
      .that.matches(/^node n(03|30): .*failed calling webhook$/)
  })

  it('is counted by what became of each patch', async () => {
    const made = async (answer: keyof typeof answers) => {
      const { counted } = await round(answer, ['n03', 'n30'])
      const lines = await samplesOf(counted, 'autonomy_rollouts_node_patches_total')
      return lines.filter(line => !line.endsWith(' 0'))
    }
    expect(await made('conflict')).to.deep.equal([
      '{kind="activation",outcome="made"} 38',
      '{kind="activation",outcome="conflict"} 2',
    ])
    expect(await made('webhook')).to.deep.equal([
      '{kind="activation",outcome="made"} 38',
      '{kind="activation",outcome="failed"} 2',
    ])
  })

  it('reads a node anew that has changed, and says that there is one', async () => {
    const { outcome, observed } = await round('conflict', ['n07'])
    expect(outcome).to.deep.equal({ made: 39, stale: true, trouble: undefined, failure: undefined })
    expect(observed).to.include('n07, anew')
  })

  it('ends when the server asks for a pause', async () => {
    const all = someNodes(40).map(({ metadata }) => metadata.name)
    const { outcome, asked } = await round('busy', all)
    expect(outcome).to.equal(answers.busy)
    expect(asked.length).to.be.lessThan(40)
  })
})
