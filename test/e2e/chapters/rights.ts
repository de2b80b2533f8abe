import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { chartGrants } from '../../privileges/chart.ts'
import { usesOf } from '../../privileges/log.ts'
import { beyond } from '../../privileges/proof.ts'
import type { AuditEvent } from '../../privileges/use.ts'
import type { Chapter } from '../chapter.ts'
import { OPERATOR, installed } from '../installation.ts'
import type { Scene } from '../scene.ts'

/**
 * What the API server's audit log says of the operator's account, over all that was told before. Told before an API server
 * is started anew: one refuses what it likes until it has read its roles.
 */
export const rightsChapter: Chapter = {
  name: 'rights',
  title: 'What the operator asked of the API server',
  async tell(scene) {
    await installed(scene)
    const { ledger } = scene
    await ledger.fact('no request of its account was refused for want of a right', async () => {
      const refused = new Set<string>()
      let asked = 0
      for await (const line of createInterface({ input: createReadStream(auditLog(scene)) })) {
        if (!line.includes(OPERATOR)) continue
        const { verb, requestURI, user, responseStatus } = JSON.parse(line) as AuditEvent
        if (user.username !== OPERATOR) continue
        asked += 1
        if (responseStatus?.code === 403) refused.add(`${verb} ${requestURI.replace(/\?.*/, '')}`)
      }
      expect(asked, 'requests of the operator').to.be.above(0)
      expect([...refused]).to.deep.equal([])
      return `${asked} requests`
    })
    await withinGrants(scene)
  },
}

/** The same log at the end: API servers that start and roles that come and go refuse, but nothing more is to be let in. */
export const extentChapter: Chapter = {
  name: 'extent',
  title: 'What the operator asked of the API server, from first to last',
  async tell(scene) {
    await installed(scene)
    await withinGrants(scene)
  },
}

async function withinGrants(scene: Scene): Promise<void> {
  await scene.ledger.fact('it was let do nothing, and asked for nothing, that the chart does not grant', async () => {
    const [grants, uses] = await Promise.all([chartGrants(scene.folder), usesOf(auditLog(scene))])
    const own = uses.filter(({ by }) => by === 'operator')
    expect(own.length, 'uses by the operator').to.be.above(0)
    expect(beyond({ cluster: 'of this run', uses }, grants)).to.deep.equal([])
    return `${own.length} kinds of requests`
  })
}

function auditLog({ cluster }: Scene): string {
  const file = cluster.plane.apiServer.auditLog
  if (file === undefined) throw new Error('the API server of this cluster writes no audit log')
  return file
}
