import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveTools } from './cluster/tools.ts'
import type { Result } from './suite.ts'

/**
 * The whole everyday suite (`npm test`): first what needs nothing but Node, with coverage; then what runs against a
 * real control plane, whose programs are built first where they are missing. Ends with one line that counts.
 */
const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)
const results = mkdtempSync(join(tmpdir(), 'autonomy-tests-'))

const files = globSync('test/**/*.test.ts', { cwd: root }).sort()
const needsCluster = (file: string) => file.endsWith('.cluster.test.ts')

function run(title: string, command: string, args: readonly string[]): boolean {
  process.stdout.write(`\n== ${title}\n`)
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

function suite(name: string, jobs: number, chosen: readonly string[], wrapper: readonly string[]): Result {
  const file = join(results, `${name}.json`)
  const [command = process.execPath, ...args] = [
    ...wrapper,
    process.execPath,
    'test/suite.ts',
    file,
    String(jobs),
    ...chosen,
  ]
  const clean = run(`${name}: ${chosen.length} files`, command, args)
  const result = readResult(file)
  const nothing = result.passed + result.failed === 0
  return clean && !nothing ? result : { ...result, failed: Math.max(1, result.failed) }
}

function readResult(file: string): Result {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Result
  } catch {
    return { passed: 0, failed: 1, pending: 0 }
  }
}

const coverage = [
  bin('c8'),
  '--all=false',
  '--include',
  'operator/**',
  '--reporter',
  'text-summary',
  '--reporter',
  'html',
]
const domain = [
  'report',
  '--include',
  'operator/rollout/**',
  '--reporter',
  'text',
  '--check-coverage',
  '--branches',
  '95',
]

const started = process.hrtime.bigint()
const unit = suite(
  'without a cluster',
  2,
  files.filter(file => !needsCluster(file)),
  coverage,
)
const covered = run('coverage of the domain (95 % of branches at least)', bin('c8'), domain)
await resolveTools()
const cluster = suite('on a real control plane', 2, files.filter(needsCluster), [])
rmSync(results, { recursive: true, force: true })

const passed = unit.passed + cluster.passed
const failed = unit.failed + cluster.failed + (covered ? 0 : 1)
const seconds = Number((process.hrtime.bigint() - started) / 1_000_000_000n)
process.stdout.write(
  `\n${seconds} s, ${unit.pending + cluster.pending} skipped\ntests: ${passed} passed, ${failed} failed\n`,
)
process.exitCode = failed > 0 ? 1 : 0
