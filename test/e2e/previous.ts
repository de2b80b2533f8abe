import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './scene.ts'

/** The sources of the release before this one, or why they are not to be had. */
export type Previous =
  | { readonly kind: 'found'; readonly version: string; readonly folder: string }
  | { readonly kind: 'missing'; readonly why: string }

const MANIFEST = 'charts/autonomy-rollouts/Chart.yaml'
const run = promisify(execFile)

/** Takes the last commit before the chart's version changed out of the history of this checkout. */
export async function previousRelease(folder: string): Promise<Previous> {
  try {
    const current = versionIn(await git('show', `HEAD:${MANIFEST}`))
    const commits = (await git('log', '--format=%H', '--', MANIFEST)).trim().split('\n')
    for (const commit of commits) {
      const version = versionIn(await git('show', `${commit}:${MANIFEST}`))
      if (version === current) continue
      const sources = join(folder, 'previous')
      await mkdir(sources)
      const archive = join(folder, 'previous.tar')
      await git('archive', '--output', archive, await lastWith(version))
      await run('tar', ['--extract', '--file', archive, '--directory', sources])
      await symlink(join(ROOT, 'node_modules'), join(sources, 'node_modules'))
      return { kind: 'found', version, folder: sources }
    }
    return {
      kind: 'missing',
      why: `the history of this checkout knows no chart before ${current}${shallowHint(await isShallow())}`,
    }
  } catch (error) {
    return {
      kind: 'missing',
      why: `git cannot tell: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    }
  }
}

/** The newest commit whose chart has that version: what was released under it has all of its fixes. */
async function lastWith(version: string): Promise<string> {
  for (const commit of (await git('log', '--format=%H')).trim().split('\n'))
    if (versionIn(await git('show', `${commit}:${MANIFEST}`).catch(() => '')) === version) return commit
  throw new Error(`no commit has version ${version}`)
}

async function git(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: ROOT, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

async function isShallow(): Promise<boolean> {
  return (await git('rev-parse', '--is-shallow-repository')).trim() === 'true'
}

const shallowHint = (shallow: boolean): string => (shallow ? ': it is shallow, run git fetch --unshallow' : '')

const versionIn = (chart: string): string => /^version: (\S+)$/m.exec(chart)?.[1] ?? ''
