import { dirname } from 'node:path'
import { aggregatedDoor, proxiedDoor } from '../../docs/door.ts'
import { asPlugin, walk } from '../../docs/runbook.ts'
import { type Cast, labelRobots } from '../../docs/scene.ts'
import type { Chapter } from '../chapter.ts'
import { installed } from '../installation.ts'
import type { Scene } from '../scene.ts'

/** docs/runbook.md as it stands, by somebody who has the role of the chart and nothing else. */
export const runbookChapter: Chapter = {
  name: 'runbook',
  title: 'The runbook, word for word',
  async tell(scene) {
    await installed(scene)
    const { ledger, succeed, cluster, provisions } = scene
    const cast = castOf(scene)
    await succeed(['create', 'clusterrolebinding', 'alice', '--clusterrole=autonomy-rollouts-admin', '--user=alice'])
    await labelRobots(cast)
    const path = [dirname(cluster.plane.kubectl), provisions.pluginPath].join(':')
    for (const [how, open, as] of [
      ['through the API server, with kubectl autonomy', aggregatedDoor, asPlugin],
      ['through kubectl proxy, with autonomy', proxiedDoor, (text: string) => text],
    ] as const)
      await ledger.fact(`every command of it does what it says ${how}`, async () => {
        const door = await open(cast)
        try {
          return `${await walk(cast, { door, path, as })} commands`
        } finally {
          await door.close()
        }
      })
  },
}

function castOf({ cluster: { plane }, kubectl, succeed }: Scene): Cast {
  return { cluster: plane, kubectl, succeed }
}
