import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { after, before } from 'mocha'
import { documents } from '../../../operator/rest/discovery/documents.ts'
import { resolveTools } from '../../cluster/tools.ts'

/** kubectl against the documents alone: no control plane, so that what it prints comes from them and nothing else. */
describe('documents, as kubectl reads them', function () {
  this.timeout(30_000)

  const served = documents()
  const server = createServer((request, response) => {
    const document = served.get((request.url ?? '').split('?', 1)[0] ?? '')
    if (!document) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }),
      )
      return
    }
    const { bytes, contentType } = 'entity' in document ? document.entity : document.choose(request.headers.accept)
    response.writeHead(200, { 'content-type': contentType })
    response.end(bytes)
  })
  let kubectl: (...words: readonly string[]) => Promise<string>
  let home = ''

  before(async function () {
    // kubectl is built where this machine has none.
    this.timeout(600_000)
    const tools = await resolveTools(['kubectl'])
    home = await mkdtemp(join(tmpdir(), 'kubectl-'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    // A home without a kubeconfig, and no KUBECONFIG: nothing of this machine is read.
    const fixed = ['--server', url, '--cache-dir', join(home, 'cache')]
    kubectl = async (...words) => {
      const options = { timeout: 20_000, env: { HOME: home } }
      return (await promisify(execFile)(tools.kubectl, [...fixed, ...words], options)).stdout
    }
  })

  after(async () => {
    server.closeAllConnections()
    server.close()
    await rm(home, { recursive: true, force: true })
  })

  it('list the resource in namespaces, with the verbs that generic clients may use', async () => {
    const lines = (await kubectl('api-resources', '--no-headers', '--output', 'wide')).trim().split('\n')
    expect(lines.map(line => line.split(/\s+/))).to.deep.equal([
      ['rollouts', 'orchestrator.autonomyops.dev/v1', 'true', 'Rollout', 'get,list,create'],
    ])
  })

  it('explain the kind, every field with its type and what it means', async () => {
    const text = await kubectl('explain', 'rollouts.orchestrator.autonomyops.dev')
    expect(text).to.match(/KIND: +Rollout\n/)
    expect(text).to.include('A RolloutPlan and where it stands.')
    expect(text).to.match(/artifact_ref\t<string> -required-\n +What the nodes are to run\./)
  })

  it('explain what lies deep inside', async () => {
    const counts = await kubectl('explain', 'rollouts.orchestrator.autonomyops.dev.stages.counts')
    expect(counts).to.match(/unreachable\t<integer> -required-\n +Not Ready before their turn\./)
    const all = await kubectl('explain', 'rollouts.orchestrator.autonomyops.dev', '--recursive')
    for (const field of ['stages', 'stage_id', 'gates', 'detail', 'last_transition_time'])
      expect(all).to.match(new RegExp(`^ +${field}\t<`, 'm'))
  })
})
