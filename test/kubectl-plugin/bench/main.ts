import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../../kubectl-plugin/package/bundle.ts'
import { makeExecutable } from '../../../kubectl-plugin/package/executable.ts'
import { ownPlatform } from '../../../kubectl-plugin/package/platform.ts'
import { FLEET, prepare } from '../../rest/ground.ts'
import { installProgram } from '../harness/installed.ts'
import { bindPeople } from '../harness/people.ts'
import { figure } from './figure.ts'

/**
 * How long a person waits: `npm run bench:plugin`. Start-up to the first byte of output, and a list of plans through a
 * local API server to its last, of the npm package and of the executable, with kubectl's own in turn, so that a busy machine is
 * busy for all of them. One JSON line a figure.
 */
const ROUNDS = 15
const FIRST_OUTPUT = 300
const LIST = 400
const PLANS = 20

const folder = mkdtempSync(join(tmpdir(), 'plugin-bench-'))
const ground = await prepare(1, 6)
try {
  const { bin, path } = await installProgram(folder)
  const main = join(folder, 'main.mjs')
  const executable = join(folder, 'autonomy')
  await bundle(main)
  makeExecutable(main, ownPlatform(), executable, folder)
  const { alice } = await bindPeople(ground)
  await createPlans()
  const env = { PATH: path, HOME: folder, KUBECONFIG: alice }
  const { kubectl } = ground.cluster
  const list = ['rollout', 'plan', 'list', '-n', FLEET]
  const theirs = ['get', 'rollouts.orchestrator.autonomyops.dev', '-n', FLEET]
  const runs: readonly (readonly [name: string, command: string, args: readonly string[], target?: number])[] = [
    ['npm package: first output (--help)', join(bin, 'autonomy'), ['--help'], FIRST_OUTPUT],
    ['executable: first output (--help)', executable, ['--help'], FIRST_OUTPUT],
    ['kubectl: first output (--help)', kubectl, ['--help']],
    [`npm package: list of ${PLANS} plans`, join(bin, 'autonomy'), list, LIST],
    [`executable: list of ${PLANS} plans`, executable, list, LIST],
    [`kubectl get rollouts: ${PLANS} plans`, kubectl, theirs],
  ]
  const taken = new Map<string, number[]>(runs.map(([name]) => [name, []]))
  // The first round fills the caches of the file system, of V8 and of kubectl's discovery, as the first use of a day does.
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [name, command, args] of runs) {
      const ms = await time(command, args, env, args === list || args === theirs ? 'last' : 'first')
      if (round > 0) taken.get(name)?.push(ms)
    }
  for (const [name, , , target] of runs) process.stdout.write(`${figure(name, taken.get(name) ?? [], target)}\n`)
} finally {
  await ground.end()
  rmSync(folder, { recursive: true, force: true })
}

async function createPlans(): Promise<void> {
  const items = Array.from({ length: PLANS }, (_, index) => ({
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: `plan-${index}`, namespace: FLEET },
    spec: {
      artifactRef: 'oci.example/agent:1',
      fleet: { selector: { matchLabels: { fleet: `nobody-${index}` } } },
      stages: [
        { id: 'canary', nodes: { limit: 1 } },
        { id: 'everyone', nodes: {} },
      ],
    },
  }))
  await ground.succeed(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
}

/** Milliseconds from starting a program to the first byte that it prints, or to its end. */
async function time(
  command: string,
  args: readonly string[],
  env: { readonly [name: string]: string },
  until: 'first' | 'last',
): Promise<number> {
  const started = performance.now()
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let first: number | undefined
  let stderr = ''
  child.stdout.on('data', () => (first ??= performance.now() - started))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.once('error', reject)
  child.once('close', code => {
    if (code !== 0 || first === undefined)
      reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}`))
    else resolve(until === 'first' ? first : performance.now() - started)
  })
  return await promise
}
