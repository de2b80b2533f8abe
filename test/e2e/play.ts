import { readFile } from 'node:fs/promises'
import { delimiter, dirname } from 'node:path'
import { elapsed } from '../cluster/wait.ts'
import { chaptersNamed } from './chapter.ts'
import { type GenuineCluster, startGenuineCluster } from './cluster/genuine-cluster.ts'
import { describe } from './error.ts'
import { type Ledger, createLedger } from './ledger.ts'
import { operatorLogs } from './operator-log.ts'
import { type Run, type Scene, sceneOf } from './scene.ts'

/** The robots of the runbook, and what stands in the yard beside the genuine nodes. */
const SIMULATED = [
  { prefix: 'robot', count: 6, labels: { fleet: 'robots' } },
  { prefix: 'yard', count: 4, labels: {} },
] as const

/** Runs in the machine within the machine, as its owner: the cluster, and what is told on it. */
async function play(run: Run, ledger: Ledger, signal: AbortSignal): Promise<number> {
  const began = elapsed()
  const scene = await setUp(run, ledger, signal)
  for (const chapter of chaptersNamed(run.chapters)) {
    ledger.chapter(chapter.title)
    try {
      await chapter.tell(scene)
    } catch (error) {
      signal.throwIfAborted()
      ledger.broken(chapter.name, error)
      ledger.note(await operatorLogs(scene))
    }
  }
  const { held, broken } = ledger.count()
  const seconds = Math.round((elapsed() - began) / 1000)
  const outcome = broken === 0 ? 'all hold' : `${broken} of them or of what they stand on DO NOT HOLD`
  process.stdout.write(`\n${held + broken} facts checked, ${outcome} (${seconds} s)\n`)
  if (run.keep) await stay(scene, signal)
  return broken === 0 ? 0 : 1
}

async function setUp(run: Run, ledger: Ledger, signal: AbortSignal): Promise<Scene> {
  ledger.chapter('A whole cluster: two nodes with kubelets, and simulated ones')
  let cluster: GenuineCluster | undefined
  await ledger.fact('control plane, containerd, kubelets and kube-proxies are up, and all nodes Ready', async () => {
    cluster = await startGenuineCluster({
      folder: run.folder,
      cgroup: run.cgroup,
      tools: run.tools,
      nodes: 2,
      simulated: SIMULATED,
      sandboxImage: run.provisions.tools,
      archives: run.provisions.archives,
      signal,
    })
  })
  if (cluster === undefined) throw new Error('a fact that holds has been checked')
  return sceneOf(run, cluster, ledger, signal)
}

async function stay({ cluster: { plane }, ledger }: Scene, signal: AbortSignal): Promise<void> {
  ledger.chapter('Everything is still running')
  const lines = [
    `export KUBECONFIG=${plane.adminKubeconfig} PATH=${dirname(plane.kubectl)}${delimiter}$PATH`,
    'kubectl get pods -A -o wide',
  ]
  ledger.command('# in the shell of the nsenter above; ctrl-c here ends it', lines.join('\n'))
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function main(): Promise<number> {
  const [file = ''] = process.argv.slice(2)
  const run = JSON.parse(await readFile(file, 'utf8')) as Run
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`received ${name}`)))
  const colour = process.stdout.isTTY === true && !process.env['NO_COLOR']
  try {
    return await play(run, createLedger(process.stdout, colour), stop.signal)
  } catch (error) {
    process.stderr.write(`the run failed: ${describe(error)}\n`)
    return 1
  }
}

// What the run started ends with its namespaces, so nothing is waited for.
process.exit(await main())
