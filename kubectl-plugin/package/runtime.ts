import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Platform, nameOf, runtimePackage } from './platform.ts'

const ROOT = join(import.meta.dirname, '../..')

type Lock = { readonly packages: { readonly [path: string]: Pinned | undefined } }
type Pinned = { readonly version: string; readonly integrity: string }

/** The release of Node that the lockfile pins for a platform, and the hash of its package. @throws Error */
export function pinnedRuntime(platform: Platform): Pinned {
  const name = runtimePackage(platform)
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock
  const pinned = lock.packages[`node_modules/${name}`]
  if (pinned === undefined) throw new Error(`package-lock.json pins no ${name}: no Node for ${nameOf(platform)}`)
  return pinned
}

/**
 * The folder with `bin/node` and `LICENSE` of the pinned Node for a platform. npm installs the one of this machine; any
 * other is brought from the registry, and is only taken when it has the hash that the lockfile has.
 *
 * @throws Error
 */
export function runtimeOf(platform: Platform, scratch: string): string {
  const name = runtimePackage(platform)
  const installed = join(ROOT, 'node_modules', name)
  if (existsSync(join(installed, 'bin/node'))) return installed
  const { version, integrity } = pinnedRuntime(platform)
  const folder = join(scratch, `runtime-${nameOf(platform)}`)
  const unpacked = join(folder, 'package')
  if (existsSync(join(unpacked, 'bin/node'))) return unpacked
  mkdirSync(folder, { recursive: true })
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const archive = readdirSync(folder).find(file => file.endsWith('.tgz'))
  if (archive === undefined) throw new Error(`${name}@${version} cannot be had`)
  requireHash(join(folder, archive), integrity)
  execFileSync('tar', ['-xzf', join(folder, archive), '-C', folder])
  return unpacked
}

/** @throws Error unless a file has the hash that a lockfile has of it */
export function requireHash(file: string, integrity: string): void {
  const digest = createHash('sha512').update(readFileSync(file)).digest('base64')
  if (`sha512-${digest}` !== integrity)
    throw new Error(`${file} is not what package-lock.json pins: its hash is sha512-${digest}, not ${integrity}`)
}
