import { dirname } from 'node:path'
import { REAL_CLUSTER_PAGES, tryOnRealCluster } from '../../docs/real-cluster.ts'
import type { Chapter } from '../chapter.ts'
import { install, installed } from '../installation.ts'

/** What the docs say about a cluster whose pods run, by somebody who reads them at a shell. */
export const bookChapter: Chapter = {
  name: 'book',
  title: 'The pages of the docs that take real pods',
  async tell(scene) {
    await installed(scene)
    const { cluster, folder, ledger, provisions, tools } = scene
    const reader = {
      below: folder,
      path: [dirname(tools.kubectl), dirname(tools.helm), provisions.pluginPath].join(':'),
      env: { KUBECONFIG: cluster.plane.adminKubeconfig, IMAGE: provisions.image.repository },
    }
    for (const page of REAL_CLUSTER_PAGES)
      await ledger.fact(`${page} is right, command by command`, async () => await tryOnRealCluster(page, reader))
    // The pages install with the chart's own values; the chapters after this one with those of this cluster.
    await install(scene)
  },
}
