import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '..')

/** What an image says of the sources that it was made from. */
export type Source = {
  readonly version: string
  readonly description: string
  readonly license: string
  /** The commit, with `-dirty` after it when files differ from it; undefined outside of a repository. */
  readonly revision: string | undefined
  /** Seconds since the epoch: SOURCE_DATE_EPOCH, else the time of the commit, else 0. */
  readonly created: number
}

/** @throws Error */
export function sourceOf(epoch: string | undefined): Source {
  const { version, description, license } = manifest
  if (epoch !== undefined && !/^\d{1,11}$/.test(epoch))
    throw new Error(`SOURCE_DATE_EPOCH wants seconds since 1970, not "${epoch}"`)
  const commit = git('rev-parse', 'HEAD')
  const dirty = commit !== undefined && git('status', '--porcelain', '--untracked-files=no') !== ''
  const created = Number(epoch ?? git('log', '-1', '--format=%ct') ?? 0)
  return { version, description, license, revision: commit && (dirty ? `${commit}-dirty` : commit), created }
}

function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
