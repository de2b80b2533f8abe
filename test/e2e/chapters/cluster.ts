import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { systemCode } from '../../cluster/error.ts'
import { until } from '../../cluster/wait.ts'
import { agent } from '../agent.ts'
import type { Chapter } from '../chapter.ts'

/** That the cluster is what it is taken for, before the product is judged on it. */
export const clusterChapter: Chapter = {
  name: 'cluster',
  title: 'What the nodes can do',
  async tell({ cluster, ledger, provisions, succeed, kubectl, signal }) {
    const namespace = 'cluster-check'
    const soon = { withinMs: 60_000, everyMs: 200, signal }
    await ledger.fact('the nodes run kubelet and containerd, each with an address of its own', async () => {
      const columns = '{range .items[*]}{.status.nodeInfo.containerRuntimeVersion} {end}'
      const runtimes = (await succeed(['get', 'nodes', '-o', `jsonpath=${columns}`])).trim().split(' ')
      const real = runtimes.filter(runtime => runtime.startsWith('containerd://'))
      expect(real).to.have.length(cluster.nodes.length)
      return `${real[0]}, beside ${runtimes.length - real.length} simulated`
    })
    await succeed(['create', 'namespace', namespace])
    await succeed(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted'])
    await succeed(['apply', '-f', '-'], agent({ namespace, image: provisions.tools, release: 'check' }))
    const [first, second] = cluster.nodes.map(({ name }) => name)
    await ledger.fact('a label brings a DaemonSet’s pod to a node, under the strictest Pod Security', async () => {
      await succeed(['label', 'node', `${first}`, 'fleet.autonomyops.dev/release=check'])
      await until(async () => (await readyOn(first)) === 1, { ...soon, what: `the pod on ${first} is Ready` })
      expect(await readyOn(second)).to.equal(0)
    })
    await ledger.fact('what runs there can be read and entered', async () => {
      const target = ['-n', namespace, 'daemonset/agent-check']
      expect(await succeed(['logs', ...target])).to.contain(`release check runs on ${first}`)
      expect(await succeed(['exec', ...target, '--', '/bin/busybox', 'id', '-u'])).to.equal('65532\n')
    })
    await ledger.fact('without the label it goes, and so does the namespace', async () => {
      await succeed(['label', 'node', `${first}`, 'fleet.autonomyops.dev/release-'])
      await until(async () => (await readyOn(first)) === 0, { ...soon, what: 'the pod is gone' })
      await succeed(['delete', 'namespace', namespace, '--timeout=60s'])
    })
    await ledger.fact('nothing outside of it can be reached', async () => {
      expect(await failureToConnect('192.0.2.1')).to.equal('ENETUNREACH')
    })

    async function readyOn(node: string | undefined): Promise<number> {
      const { stdout } = await kubectl([
        'get',
        'pods',
        '-n',
        namespace,
        `--field-selector=spec.nodeName=${node}`,
        '-o',
        'jsonpath={.items[*].status.containerStatuses[*].ready}',
      ])
      return stdout.split(' ').filter(word => word === 'true').length
    }
  },
}

/** The error code with which a connection to an address (TEST-NET-1 of RFC 5737) ends. */
async function failureToConnect(host: string): Promise<string | undefined> {
  const socket = connect({ host, port: 443, timeout: 2_000 })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(2_000) })
    return 'connected'
  } catch (error) {
    return systemCode(error)
  } finally {
    socket.destroy()
  }
}
