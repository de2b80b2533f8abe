import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import type { Chapter } from '../chapter.ts'
import { OPERATOR } from '../installation.ts'

type AuditEvent = {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly responseStatus?: { readonly code?: number }
}

/**
 * What the API server's audit log says of the operator's account, over all that was told before. Told before an API server
 * is started anew: one refuses what it likes until it has read its roles.
 */
export const rightsChapter: Chapter = {
  name: 'rights',
  title: 'What the operator asked of the API server',
  async tell({ ledger, cluster }) {
    await ledger.fact('no request of its account was refused for want of a right', async () => {
      const file = cluster.plane.apiServer.auditLog ?? ''
      const refused = new Set<string>()
      let asked = 0
      for await (const line of createInterface({ input: createReadStream(file) })) {
        if (!line.includes(OPERATOR)) continue
        const { verb, requestURI, user, responseStatus } = JSON.parse(line) as AuditEvent
        if (user.username !== OPERATOR) continue
        asked += 1
        if (responseStatus?.code === 403) refused.add(`${verb} ${requestURI.replace(/\?.*/, '')}`)
      }
      expect([...refused]).to.deep.equal([])
      return `${asked} requests`
    })
  },
}
