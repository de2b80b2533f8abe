import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Platform, nameOf, ownPlatform } from './platform.ts'
import { runtimeOf } from './runtime.ts'

/**
 * Writes Node with the program in it: one file that needs nothing else
 * (https://nodejs.org/docs/latest-v26.x/api/single-executable-applications.html).
 *
 * For another platform the runtime is brought from the registry, and V8's code cache, which is made for one processor,
 * is left out. What is made for macOS has to be signed there, with codesign, or it does not start: it is made on a Mac only.
 *
 * @throws Error
 */
export function makeExecutable(bundle: string, platform: Platform, file: string, scratch: string): void {
  const own = nameOf(platform) === nameOf(ownPlatform())
  if (platform.os === 'darwin' && !own)
    throw new Error(
      'an executable for macOS has to be signed with codesign, which only a Mac has; the npm package runs there',
    )
  const config = {
    main: bundle,
    mainFormat: 'module',
    output: file,
    disableExperimentalSEAWarning: true,
    useCodeCache: own,
    ...(own ? {} : { executable: join(runtimeOf(platform, scratch), 'bin/node') }),
  }
  const path = join(scratch, `sea-${nameOf(platform)}.json`)
  writeFileSync(path, JSON.stringify(config))
  execFileSync(process.execPath, ['--build-sea', path], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (platform.os === 'darwin') execFileSync('codesign', ['--sign', '-', '--force', file])
  chmodSync(file, 0o755)
}
