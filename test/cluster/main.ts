import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { everything, startCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { clusterError, isClusterError, systemCode } from './error.ts'
import { CLUSTER_NAME } from './kubeconfig.ts'
import { createNodes } from './simulated-node.ts'

const USAGE = `Brings up a Kubernetes control plane with simulated machines on this machine, until ctrl-c.

  npm run cluster -- [--nodes N] [--kubeconfig PATH]

  --nodes N          create N simulated nodes (default 0), labelled fleet=robots, and the first
                     tenth of them ring=canary, the others ring=wide
  --kubeconfig PATH  write the administrator's kubeconfig there, too; it is removed at the end
  --help             this text
`

interface Arguments {
  readonly nodes: number
  readonly kubeconfig: string | undefined
}

function parse(args: readonly string[]): Arguments | 'help' {
  let values: { nodes?: string; kubeconfig?: string; help?: boolean }
  try {
    const options = { nodes: { type: 'string' }, kubeconfig: { type: 'string' }, help: { type: 'boolean' } } as const
    values = parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    throw clusterError('bad_argument', `${error instanceof Error ? error.message : 'bad arguments'}; see --help`, error)
  }
  if (values.help === true) return 'help'
  const nodes = Number(values.nodes ?? '0')
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > 5000)
    throw clusterError('bad_argument', `--nodes wants a whole number from 0 to 5000, not "${values.nodes}"`)
  return { nodes, kubeconfig: values.kubeconfig === undefined ? undefined : resolve(values.kubeconfig) }
}

/** A mistyped path must not cost somebody their own kubeconfig. */
async function checkOurs(path: string): Promise<void> {
  if (!(await isOurs(path)))
    throw clusterError('bad_argument', `${path} exists and was not written by this command: name another file`)
}

async function isOurs(path: string): Promise<boolean> {
  try {
    return (await readFile(path, 'utf8')).includes(`current-context: ${CLUSTER_NAME}\n`)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true
    throw error
  }
}

async function run({ nodes, kubeconfig }: Arguments, signal: AbortSignal): Promise<void> {
  if (kubeconfig !== undefined) await checkOurs(kubeconfig)
  complain('bringing up etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK …')
  const cluster = await startCluster({ ...everything, signal })
  const path = kubeconfig ?? cluster.adminKubeconfig
  try {
    if (kubeconfig !== undefined)
      await writeFile(kubeconfig, await readFile(cluster.adminKubeconfig, 'utf8'), { mode: 0o600 })
    const canaries = Math.ceil(nodes / 10)
    const labels = (index: number) => ({ fleet: 'robots', ring: index < canaries ? 'canary' : 'wide' })
    await createNodes(cluster, { count: nodes, labels, signal })
    say(instructions(cluster, path, nodes))
    const broken = await Promise.race([cluster.broken, aborted(signal)])
    if (broken !== undefined) throw broken
  } finally {
    await cluster.stop()
    if (kubeconfig !== undefined && (await isOurs(kubeconfig))) await rm(kubeconfig, { force: true })
  }
}

function instructions(cluster: Cluster, kubeconfig: string, nodes: number): string {
  const example =
    nodes === 0
      ? ''
      : `\n  kubectl annotate node sim-0 kwok.autonomy.test/pod-fault=crash   # or pull, unready; end: pod-fault-`
  return `ready at ${cluster.server} with ${nodes} simulated nodes. In another terminal:

  export KUBECONFIG=${kubeconfig}
  export PATH=${dirname(cluster.kubectl)}:$PATH
  kubectl get nodes${example}

ctrl-c ends it and removes everything.`
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return
  await new Promise(done => signal.addEventListener('abort', done, { once: true }))
}

async function main(): Promise<number> {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort())
  try {
    const given = parse(process.argv.slice(2))
    if (given === 'help') say(USAGE)
    else await run(given, interrupted.signal)
    return 0
  } catch (error) {
    if (interrupted.signal.aborted) return 130
    if (!isClusterError(error)) throw error
    complain(`error: ${error.message}`)
    return 1
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

process.exitCode = await main()
