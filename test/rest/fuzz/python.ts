import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheFolder } from '../../cluster/tool-cache.ts'

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')

/**
 * The pinned schemathesis, in a virtual environment of its own beside the project's other tools. Installed once for
 * each set of pins, which takes a network and about a minute; one that was left half done is made anew.
 *
 * @throws when there is no python3, or when it cannot be installed
 */
export function schemathesis(): string {
  const version = spawnSync('python3', ['--version'], { encoding: 'utf8' })
  if (version.error || version.status !== 0)
    throw new Error('python3 was not found: the campaign runs schemathesis, which needs Python 3.10 or newer')
  const pins = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(version.stdout).digest('hex').slice(0, 12)
  const folder = join(dirname(cacheFolder()), 'python', `schemathesis-${pins}`)
  const done = join(folder, 'complete')
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(dirname(folder), { recursive: true })
    run('python3', ['-m', 'venv', folder])
    run(join(folder, 'bin/pip'), ['install', '--quiet', '--no-deps', '--requirement', REQUIREMENTS])
    writeFileSync(done, '')
  }
  return join(folder, 'bin/schemathesis')
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
}
