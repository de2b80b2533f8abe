import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildTool, checkGo } from './tool-build.ts'
import { cachedPath, cacheFolder } from './tool-cache.ts'
import { ASSETS, NODE_TOOL_NAMES, TOOL_NAMES, toolOf } from './tool-catalogue.ts'
import type { AnyToolName, Tool, ToolName } from './tool-catalogue.ts'
import { clusterError } from './error.ts'
import { withLock } from './tool-lock.ts'
import { showProgress } from './tool-progress.ts'
import type { ProgressSink } from './tool-progress.ts'

export interface ToolOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: standard error. */
  readonly progress?: ProgressSink
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Finds each program (default: those of TOOL_NAMES), building those that this machine has not got yet.
 *
 * In this order: the folder `KUBEBUILDER_ASSETS` names (kube-apiserver, etcd and kubectl only), the
 * project's cache folder, a build from the pinned Go modules. A build happens once per machine and
 * pin, whatever the number of processes that ask at the same time.
 *
 * Rejects with `go_missing`, `go_too_old`, `tool_build_failed`, `tool_outdated`, `tool_unusable` or
 * `tool_lock_timeout`.
 */
export function resolveTools(names?: undefined, options?: ToolOptions): Promise<Readonly<Record<ToolName, string>>>
export function resolveTools<Name extends AnyToolName>(
  names: readonly Name[],
  options?: ToolOptions,
): Promise<Readonly<Record<Name, string>>>
export async function resolveTools(
  names: readonly AnyToolName[] = TOOL_NAMES,
  options: ToolOptions = {},
): Promise<Readonly<Record<string, string>>> {
  const env = options.env ?? process.env
  const wanted = [...TOOL_NAMES, ...NODE_TOOL_NAMES].filter(name => names.includes(name))
  const found = await Promise.all(wanted.map(async name => [name, await find(name, env)] as const))
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => toolOf(name))
  if (missing.length > 0) await build(missing, env, options)
  return Object.fromEntries(found.map(([name, path]) => [name, path ?? cachedPath(toolOf(name), cacheFolder(env))]))
}

async function find(name: AnyToolName, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const asset = await findAsset(name, env['KUBEBUILDER_ASSETS'])
  if (asset !== undefined) return asset
  const cached = cachedPath(toolOf(name), cacheFolder(env))
  return (await isExecutable(cached)) ? cached : undefined
}

/** Admission policies that mutate, which the product needs, are on by default since this minor version. */
const OLDEST_MINOR = 36

/** How a program tells its Kubernetes version; etcd has none. */
const VERSION_ARGUMENTS: Readonly<Partial<Record<AnyToolName, readonly string[]>>> = {
  'kube-apiserver': ['--version'],
  kubectl: ['version', '--client'],
}

async function findAsset(name: AnyToolName, folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined || folder === '' || !ASSETS.has(name)) return undefined
  const path = join(folder, name)
  if (!(await isExecutable(path))) return undefined
  const versionArguments = VERSION_ARGUMENTS[name]
  if (versionArguments === undefined) return path
  const found = await versionOf(path, versionArguments)
  if (found.minor < OLDEST_MINOR)
    throw clusterError(
      'tool_outdated',
      `KUBEBUILDER_ASSETS holds ${name} ${found.text}, but 1.${OLDEST_MINOR} or newer is needed: ` +
        'point it to newer binaries, or unset it to build them',
    )
  return path
}

interface FoundVersion {
  readonly text: string
  readonly minor: number
}

async function versionOf(path: string, args: readonly string[]): Promise<FoundVersion> {
  let output: string
  try {
    output = (await promisify(execFile)(path, args, { timeout: 20_000 })).stdout
  } catch (error) {
    throw clusterError('tool_unusable', `${path} does not run: replace it, or unset KUBEBUILDER_ASSETS`, error)
  }
  const match = /v1\.(\d+)\.\S+/.exec(output)
  if (match === null)
    throw clusterError('tool_unusable', `${path} does not tell a Kubernetes version: ${output.trim()}`)
  return { text: match[0], minor: Number(match[1]) }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function build(missing: readonly Tool[], env: NodeJS.ProcessEnv, options: ToolOptions): Promise<void> {
  const { signal } = options
  const folder = cacheFolder(env)
  const progress = showProgress(
    options.progress ?? { isTTY: process.stderr.isTTY, write: text => process.stderr.write(text) },
  )
  const buildOne = async (tool: Tool, place: string) => {
    const target = cachedPath(tool, folder)
    // Whoever held the lock before may have built it.
    if (await isExecutable(target)) return
    const title = `building ${tool.name} ${tool.version} (${place}, once per machine)`
    progress.update(title)
    await checkGo(tool, { signal, env })
    const compiled = (packages: number, total: number) =>
      progress.update(`${title}: ${packages} of ${total} packages compiled`)
    await buildTool(tool, target, { signal, env, compiled })
    progress.done(`built ${tool.name} ${tool.version} (${place})`)
  }
  try {
    // One lock for all: two builds at once would be slower than one after the other.
    for (const [index, tool] of missing.entries()) {
      const waiting = async (pid: number) => {
        progress.update(`waiting for process ${pid}, which builds the cluster's programs`)
        return await isExecutable(cachedPath(tool, folder))
      }
      await withLock(folder, () => buildOne(tool, `${index + 1} of ${missing.length}`), { signal, waiting })
    }
  } finally {
    progress.close()
  }
}
