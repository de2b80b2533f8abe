import { join } from 'node:path'
import { ACCOUNT, SYSTEM, giveAccount } from '../../charts/account.ts'
import { established } from '../../cluster/established.ts'
import { type Cluster, type ClusterOptions, everything, startCluster } from '../../cluster/cluster.ts'
import { kubectl } from './kubectl.ts'
import { type Operator, startOperator } from './operator.ts'
import { type Scene, type SceneOptions, createScene } from './scene.ts'

/** A cluster with the operator running beside it. Its members may be used inside hooks and behaviours only. */
export type World = {
  cluster(): Cluster
  operator(): Operator
  /** Stops the operator; `startOperator` starts another. */
  stopOperator(): Promise<void>
  startOperator(): void
  scene(name: string, options?: SceneOptions): Promise<Scene>
}

type Prepared = { readonly cluster: Cluster; readonly kubeconfig: string }

/**
 * What the chart is told here: the operator sees no pods but where a test lets it (`givePods`). The operator's own
 * namespace stands for the one that there must be.
 */
export const POD_NAMESPACES: readonly string[] = [SYSTEM]

const CRDS = join(import.meta.dirname, '../../../crds')
/** Programs that the machine has not got are built first. */
const BRING_UP_MS = 900_000

/** The cluster of all test files that ask for nothing special: brought up once, ended with the last of them. */
let shared: Promise<Prepared> | undefined
let users = 0

async function release(): Promise<void> {
  const ending = shared
  shared = undefined
  if (ending) await (await ending).cluster.stop()
}

// The files after the last one that runs may all be filtered out.
after(release)

/** To be called in a describe: the shared cluster, and an operator for the time of this describe. */
export function sharedWorld(): World {
  users += 1
  return world(
    () => (shared ??= prepare(everything)),
    async () => {
      users -= 1
      if (users === 0) await release()
    },
  )
}

/** To be called in a describe: a cluster of its own, for tests that break it or count what is asked of it. */
export function ownWorld(options: ClusterOptions): World {
  return world(
    () => prepare(options),
    async ({ cluster }) => cluster.stop(),
  )
}

function world(bringUp: () => Promise<Prepared>, leave: (prepared: Prepared) => Promise<void>): World {
  let prepared: Prepared | undefined
  let operator: Operator | undefined

  const present = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the world is there inside hooks and tests only')
    return part
  }
  const self: World = {
    cluster: () => present(prepared).cluster,
    operator: () => present(operator),
    stopOperator: () => present(operator).stop(),
    startOperator: () => {
      operator = startOperator(present(prepared).kubeconfig)
    },
    scene: (name, options = {}) => createScene(present(prepared).cluster, name, options, self.operator),
  }

  before(async function () {
    this.timeout(BRING_UP_MS)
    prepared = await bringUp()
    self.startOperator()
  })
  after(async function () {
    this.timeout(60_000)
    try {
      await operator?.stop()
    } finally {
      if (prepared) await leave(prepared)
    }
  })
  return self
}

async function prepare(options: ClusterOptions): Promise<Prepared> {
  const cluster = await startCluster(options)
  try {
    await kubectl(cluster, ['apply', '--server-side', '-f', CRDS])
    await Promise.all([established(cluster), giveAccount(cluster, POD_NAMESPACES)])
    const { kubeconfig } = await cluster.clientForServiceAccount(ACCOUNT)
    return { cluster, kubeconfig }
  } catch (error) {
    await cluster.stop()
    throw error
  }
}
