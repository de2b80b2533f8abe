import { spawn } from 'node:child_process'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { BUILD_FLAGS } from './tool-cache.ts'
import { ASSETS } from './tool-catalogue.ts'
import type { Tool } from './tool-catalogue.ts'
import { clusterError, systemCode } from './error.ts'

export interface BuildOptions {
  readonly signal?: AbortSignal | undefined
  /** Environment of the go command; default that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Called for each package that the compiler finishes; `total` is what a build from nothing compiles. */
  readonly compiled?: (packages: number, total: number) => void
}

/**
 * Builds a program into `target`.
 *
 * The file appears under its name only when it is complete: after a crash a later call starts anew,
 * with what the Go build cache kept. The caller holds the lock of the tools folder.
 */
export async function buildTool(tool: Tool, target: string, options: BuildOptions = {}): Promise<void> {
  const { signal, env } = options
  const failed = (complaints: readonly string[]) =>
    clusterError(
      'tool_build_failed',
      `building ${tool.name} ${tool.version} failed; run "go build ${tool.package}" in ${tool.folder} to look closer:\n` +
        complaints.slice(-12).join('\n'),
    )
  const total = (await go(tool, ['list', '-mod=readonly', '-deps', tool.package], { signal, env, failed })).length
  const folder = dirname(target)
  await mkdir(folder, { recursive: true })
  await removeRemains(folder)
  const draft = join(folder, `${tool.name}.${process.pid}.partial`)
  let packages = 0
  const args = ['build', ...BUILD_FLAGS, '-v', '-ldflags', tool.ldflags, '-o', draft, tool.package]
  try {
    await go(tool, args, { signal, env, failed, progressed: () => options.compiled?.(++packages, total) })
    await rename(draft, target)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Rejects with `go_missing` or `go_too_old` when this machine's Go cannot build the program. */
export async function checkGo(tool: Tool, options: Pick<BuildOptions, 'signal' | 'env'> = {}): Promise<void> {
  const failed = (complaints: readonly string[]) =>
    clusterError('go_too_old', `the Go on PATH cannot build ${tool.name}: ${remedy(tool)} (${complaints.join(' ')})`)
  // Reads nothing but the go.mod, whose `go` line is what an older Go refuses; one that may fetch a newer Go does.
  await go(tool, ['list', '-m'], { signal: options.signal, env: options.env, failed })
}

function remedy(tool: Tool): string {
  const given = ASSETS.has(tool.name) ? ', or set KUBEBUILDER_ASSETS to a folder that has it' : ''
  return `install Go 1.26 or newer (go.dev/dl)${given}`
}

async function removeRemains(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith('.partial')) await rm(join(folder, name), { force: true })
}

/** Settings of the user that would change what is built or where it goes. GOTOOLCHAIN and GOPROXY stay the user's. */
const NEUTRAL: Readonly<Record<string, string>> = {
  CGO_ENABLED: '0',
  GO111MODULE: 'on',
  GOARCH: '',
  GODEBUG: '',
  GOEXPERIMENT: '',
  GOFLAGS: '',
  GOOS: '',
  GOWORK: 'off',
}

const KEPT_LINES = 200

interface GoRun {
  readonly signal: AbortSignal | undefined
  readonly env: NodeJS.ProcessEnv | undefined
  /** Makes the error from what the command said. */
  readonly failed: (complaints: readonly string[]) => Error
  /** Called for each package that was compiled. */
  readonly progressed?: () => void
}

/** Runs the go command in the tool's module and returns the lines of its standard output. */
async function go(tool: Tool, args: readonly string[], run: GoRun): Promise<readonly string[]> {
  const { signal, progressed } = run
  signal?.throwIfAborted()
  const child = spawn('go', args, {
    cwd: tool.folder,
    env: { ...(run.env ?? process.env), ...NEUTRAL },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const end = () => endGroup(child.pid)
  signal?.addEventListener('abort', end, { once: true })
  const output: string[] = []
  const complaints: string[] = []
  try {
    // A build of minutes must leave the machine usable; the compilers inherit the priority.
    if (child.pid !== undefined) lowerPriority(child.pid)
    const [code] = await Promise.all([
      exit,
      eachLine(child.stdout, line => output.push(line)),
      eachLine(child.stderr, line => {
        if (progressed !== undefined && PACKAGE.test(line)) progressed()
        else if (complaints.push(line) > KEPT_LINES) complaints.shift()
      }),
    ])
    signal?.throwIfAborted()
    if (code !== 0) throw run.failed(complaints)
    return output
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw clusterError('go_missing', `no "go" on PATH to build ${tool.name}: ${remedy(tool)}`, error)
    throw error
  } finally {
    signal?.removeEventListener('abort', end)
  }
}

/** An import path alone on its line is what `go build -v` prints for a compiled package. */
const PACKAGE = /^[\w.~/-]+$/

async function eachLine(stream: Readable, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line)
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It ended already, or the system does not allow it: only politeness is lost.
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error
  }
}
