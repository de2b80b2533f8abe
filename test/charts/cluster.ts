import { after, before } from 'mocha'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster, ClusterOptions } from '../cluster/cluster.ts'

/** An empty cluster for the suite that calls this: an API server, and nothing that acts by itself unless asked for. */
export function withCluster(options: ClusterOptions = {}): () => Cluster {
  let cluster: Cluster | undefined
  before(async function () {
    this.timeout(120_000)
    cluster = await startCluster(options)
  })
  after(async function () {
    this.timeout(30_000)
    await cluster?.stop()
  })
  return () => {
    if (cluster === undefined) throw new Error('the cluster is there from `before` on')
    return cluster
  }
}
