import { execFile } from 'node:child_process'
import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { clusterError, systemCode } from '../cluster/error.ts'
import { cacheFolder } from '../cluster/tool-cache.ts'
import { withLock } from '../cluster/tool-lock.ts'
import { type ProgressSink, showProgress } from '../cluster/tool-progress.ts'

export type Programs = { readonly prometheus: string; readonly promtool: string }

export type ProgramOptions = {
  readonly signal?: AbortSignal | undefined
  /** Default: standard error. */
  readonly progress?: ProgressSink
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/** Bound of one command of apt or dpkg, in milliseconds. */
const WITHIN = 180_000

/**
 * Finds `prometheus` and `promtool`: in the project's cache folder, on PATH, or in Debian's package `prometheus`, which
 * is unpacked into the cache folder and not installed. Prometheus is no Go module that `go build` could pin: its own
 * build needs a JavaScript one before.
 *
 * Rejects with `tool_missing` where there is neither, with `tool_lock_timeout`, or with the signal's reason.
 */
export async function resolvePrometheus(options: ProgramOptions = {}): Promise<Programs> {
  const env = options.env ?? process.env
  const folder = cacheFolder(env)
  const target = join(folder, `prometheus-debian-${process.arch}`)
  const cached = programsIn(target)
  const found = async () => (await bothRun(cached)) || (await onPath(env)) !== undefined
  if (!(await found())) {
    const waiting = async () => await bothRun(cached)
    const unpack = async () => {
      if (!(await bothRun(cached))) await download(target, env, options)
    }
    await withLock(folder, unpack, { signal: options.signal, waiting })
  }
  return (await bothRun(cached)) ? cached : ((await onPath(env)) ?? cached)
}

function programsIn(folder: string): Programs {
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') }
}

async function onPath(env: NodeJS.ProcessEnv): Promise<Programs | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean))
    if (await bothRun(programsIn(folder))) return programsIn(folder)
  return undefined
}

async function bothRun({ prometheus, promtool }: Programs): Promise<boolean> {
  try {
    await Promise.all([access(prometheus, constants.X_OK), access(promtool, constants.X_OK)])
    return true
  } catch {
    return false
  }
}

/** The folder appears under its name only when it is complete. The caller holds the lock of the tools folder. */
async function download(target: string, env: NodeJS.ProcessEnv, options: ProgramOptions) {
  const progress = showProgress(
    options.progress ?? { isTTY: process.stderr.isTTY, write: text => process.stderr.write(text) },
  )
  const run = async (command: string, args: readonly string[], cwd: string) =>
    await promisify(execFile)(command, args, { cwd, env, timeout: WITHIN, signal: options.signal })
  const draft = `${target}.partial`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  try {
    progress.update('fetching Prometheus from Debian (once per machine)')
    await run('apt-get', ['download', '--quiet', 'prometheus'], draft).catch(async (error: unknown) => {
      if (systemCode(error) === 'ENOENT') throw error
      // A fresh image knows no packages until it is told to look.
      await run('apt-get', ['update', '--quiet'], draft)
      await run('apt-get', ['download', '--quiet', 'prometheus'], draft)
    })
    const archive = (await readdir(draft)).find(name => name.endsWith('.deb')) ?? ''
    await run('dpkg', ['-x', archive, 'unpacked'], draft)
    await rm(target, { recursive: true, force: true })
    await rename(join(draft, 'unpacked/usr/bin'), target)
    progress.done(`fetched ${archive.split('_').slice(0, 2).join(' ')} from Debian`)
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw clusterError(
      'tool_missing',
      `Prometheus is neither on PATH nor to be had from Debian (apt-get download prometheus): install it ` +
        '(prometheus.io/download, or your package manager) so that prometheus and promtool are on PATH',
      cause,
    )
  } finally {
    progress.close()
    await rm(draft, { recursive: true, force: true })
  }
}
