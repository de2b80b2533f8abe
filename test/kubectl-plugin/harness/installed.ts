import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle } from '../../../kubectl-plugin/package/bundle.ts'
import { packNpm } from '../../../kubectl-plugin/package/npm.ts'

export type Installed = {
  readonly bin: string
  /** For PATH. */
  readonly path: string
  /** The package that was installed. */
  readonly archive: string
}

/**
 * Installs the plugin as people do, from its npm package, below a folder of its own. Answers a PATH: the program under
 * both names, the Node that this process runs on, and what was there before.
 */
export async function installProgram(folder: string): Promise<Installed> {
  const main = join(folder, 'main.mjs')
  const prefix = join(folder, 'prefix')
  mkdirSync(prefix, { recursive: true })
  await bundle(main)
  const archive = packNpm(main, '', join(folder, 'package'), folder)
  const offline = ['--offline', '--no-audit', '--no-fund', '--silent']
  execFileSync('npm', ['install', '--global', '--prefix', prefix, ...offline, join(folder, archive)], {
    stdio: 'ignore',
  })
  const bin = join(prefix, 'bin')
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(':')
  return { bin, path, archive: join(folder, archive) }
}
