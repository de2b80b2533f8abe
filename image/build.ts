import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contents, contentsOf } from './contents.ts'
import { complete } from './entry.ts'
import { pack } from './oci.ts'
import type { Arch } from './platform.ts'
import { type Settings, settingsOf } from './settings.ts'
import { sourceOf } from './source.ts'
import { tar } from './tar.ts'

export type BuildOptions = {
  readonly arch: Arch
  /** Default `localhost/autonomy-rollouts:<version>`. */
  readonly name?: string
  /** SOURCE_DATE_EPOCH (https://reproducible-builds.org/docs/source-date-epoch/). */
  readonly epoch?: string
}

export type Built = {
  readonly name: string
  readonly digest: string
  readonly archive: Buffer
  readonly contents: Contents
  readonly settings: Settings
  /** Files in the image, folders not counted. */
  readonly files: number
}

/**
 * Makes the image in memory. Everything in it comes from the sources, the lockfile and the shared libraries of this
 * machine, so that who, where and when makes no difference.
 *
 * @throws Error
 */
export async function buildImage(options: BuildOptions): Promise<Built> {
  const scratch = mkdtempSync(join(tmpdir(), 'autonomy-image-'))
  try {
    const contents = await contentsOf(options.arch, sourceOf(options.epoch), scratch)
    return await assemble(contents, options)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** @throws Error */
export async function assemble(contents: Contents, { arch, name: wanted, epoch }: BuildOptions): Promise<Built> {
  const source = sourceOf(epoch)
  const name = wanted ?? `localhost/autonomy-rollouts:${source.version}`
  const settings = settingsOf(source)
  // Not the time of the commit: the layer of Node would be another one after each.
  const mtime = epoch === undefined ? 0 : source.created
  const layers = [
    { content: await tar(contents.base, mtime), history: 'Node and the libraries that it needs' },
    { content: await tar(contents.app, mtime), history: 'the operator and the check' },
  ]
  const { digest, archive } = await pack({ name, arch, settings, created: source.created, layers })
  const files = complete([...contents.base, ...contents.app]).filter(({ kind }) => kind === 'file').length
  return { name, digest, archive, contents, settings, files }
}
