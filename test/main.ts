import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { AUDIT_FOLDER } from './cluster/audit.ts'
import { resolveTools } from './cluster/tools.ts'
import type { Result } from './suite.ts'

/**
 * The whole everyday suite (`npm test`): first what needs nothing but Node, with coverage; then what runs against a
 * real control plane, whose programs are built first where they are missing; then whether all that the chart grants was
 * used, and nothing else asked for. Ends with one line that counts.
 */
const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)
const results = mkdtempSync(join(tmpdir(), 'autonomy-tests-'))
const audit = process.env[AUDIT_FOLDER] ?? join(results, 'audit')
mkdirSync(audit, { recursive: true })
process.env[AUDIT_FOLDER] = audit

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
    return { passed: 0, failed: 1, pending: 0, failures: [`${basename(file)} was not written`] }
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
const privileges = suite('least privilege', 1, ['test/privileges/everything.ts'], [])
rmSync(results, { recursive: true, force: true })

const all = [unit, cluster, privileges]
const sum = (key: Exclude<keyof Result, 'failures'>) => all.reduce((total, result) => total + result[key], 0)
const failed = sum('failed') + (covered ? 0 : 1)
for (const failure of all.flatMap(({ failures }) => failures)) process.stdout.write(`\nfailed: ${failure}\n`)
const seconds = Number((process.hrtime.bigint() - started) / 1_000_000_000n)
process.stdout.write(`\n${seconds} s, ${sum('pending')} skipped\ntests: ${sum('passed')} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0
