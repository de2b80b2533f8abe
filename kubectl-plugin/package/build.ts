import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RELEASE } from '../../operator/release.ts'
import { pack, sha256 } from './archive.ts'
import { bundle } from './bundle.ts'
import { makeExecutable } from './executable.ts'
import { type Archive, krewManifest } from './krew.ts'
import { licensesOf } from './licenses.ts'
import { COMPLETER, packNpm } from './npm.ts'
import { type Platform, nameOf, ownPlatform, platformOf } from './platform.ts'

/**
 * Builds everything that is released, into `dist/`: `npm run plugin:build -- --platform linux-arm64 --base-url URL`.
 *
 * Without flags: the npm package, the executable of this platform, checksums. More platforms by more `--platform`; the
 * krew manifest needs to know where the archives will be.
 */
const { values } = parseArgs({
  options: {
    platform: { type: 'string', multiple: true },
    'base-url': { type: 'string' },
    homepage: { type: 'string' },
    out: { type: 'string' },
  },
})
const ROOT = join(import.meta.dirname, '../..')
const out = values.out ?? join(ROOT, 'dist')
const platforms = values.platform?.map(platformOf) ?? [ownPlatform()]
const say = (text: string) => process.stdout.write(`${text}\n`)
const size = (file: string) => `${(statSync(file).size / 1_000_000).toFixed(1)} MB`

mkdirSync(out, { recursive: true })
// `npm run image` writes beside it.
for (const name of readdirSync(out)) if (name !== 'image') rmSync(join(out, name), { recursive: true, force: true })
const scratch = mkdtempSync(join(tmpdir(), 'autonomy-build-'))
try {
  const main = join(scratch, 'main.mjs')
  const licenses = licensesOf(await bundle(main))
  const npm = packNpm(main, licenses, join(out, 'npm'), out)
  say(`${npm}: ${size(join(out, npm))}`)
  const archives: Archive[] = [...(await executables(main, licenses)), await forMacs(join(out, 'npm'))]
  const { 'base-url': baseUrl, homepage = baseUrl } = values
  if (baseUrl !== undefined && homepage !== undefined) {
    writeFileSync(join(out, 'autonomy.yaml'), krewManifest({ version: RELEASE, homepage, baseUrl, archives }))
    say('autonomy.yaml: the manifest for krew')
  }
  const files = [npm, ...archives.map(({ file }) => file)]
  const sums = await Promise.all(files.map(async file => `${await sha256(join(out, file))}  ${file}\n`))
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''))
  say('SHA256SUMS')
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

async function executables(main: string, licenses: string): Promise<readonly Archive[]> {
  const archives: Archive[] = []
  for (const platform of platforms) {
    const folder = join(out, nameOf(platform))
    layOut(folder, licenses)
    const file = join(folder, 'autonomy')
    makeExecutable(main, platform, file, scratch)
    say(`${nameOf(platform)}/autonomy: ${size(file)}`)
    archives.push(await archiveOf(folder, [platform], nameOf(platform), 'autonomy'))
  }
  return archives
}

/** krew installs what it downloads without signing it: Macs get the program alone, and run it with their Node. */
async function forMacs(npm: string): Promise<Archive> {
  const macs: readonly Platform[] = [
    { os: 'darwin', arch: 'amd64' },
    { os: 'darwin', arch: 'arm64' },
  ]
  const built = new Set(platforms.map(nameOf))
  return await archiveOf(
    npm,
    macs.filter(platform => !built.has(nameOf(platform))),
    'node',
    'autonomy.mjs',
  )
}

async function archiveOf(folder: string, of: readonly Platform[], name: string, bin: string): Promise<Archive> {
  const file = `autonomy-${RELEASE}-${name}.tar.gz`
  pack(folder, join(out, file))
  say(`${file}: ${size(join(out, file))}`)
  return { platforms: of, file, sha256: await sha256(join(out, file)), bin }
}

function layOut(folder: string, licenses: string): void {
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(ROOT, 'kubectl-plugin/man/autonomy.1'), join(folder, 'autonomy.1'))
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenses)
  const completer = join(folder, 'kubectl_complete-autonomy')
  writeFileSync(completer, COMPLETER)
  chmodSync(completer, 0o755)
}
