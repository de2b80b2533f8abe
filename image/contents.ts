import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { licensesOf } from '../kubectl-plugin/package/licenses.ts'
import { ownPlatform } from '../kubectl-plugin/package/platform.ts'
import { pinnedRuntime, runtimeOf } from '../kubectl-plugin/package/runtime.ts'
import { bundle } from './bundle.ts'
import { type SystemPackage, packageOf } from './debian.ts'
import { type Entry, file, folder } from './entry.ts'
import { type Library, librariesOf } from './libraries.ts'
import { type Arch, libraryFolders } from './platform.ts'
import { sbomOf } from './sbom.ts'
import { NONROOT } from './settings.ts'
import type { Source } from './source.ts'

const ROOT = join(import.meta.dirname, '..')

/** What is in an image, in two layers: `base` changes with Node and the distribution, `app` with every commit. */
export type Contents = { readonly base: readonly Entry[]; readonly app: readonly Entry[]; readonly sbom: string }

/** @param scratch  a folder for what has to be brought here first */
export async function contentsOf(arch: Arch, source: Source, scratch: string): Promise<Contents> {
  const platform = { os: 'linux', arch } as const
  const runtime = runtimeOf(platform, scratch)
  const node = join(runtime, 'bin/node')
  const libraries = librariesOf(node, libraryFolders(arch, ownPlatform().arch))
  const { packages, strays } = originsOf(libraries)
  const { files, metafile } = await bundle()
  const sbom = await sbomOf({ source, metafile, node: pinnedRuntime(platform), packages, strays })
  const base = [
    ...system(),
    ...libraries.map(({ entry }) => entry),
    file('usr/local/bin/node', readFileSync(node), 0o755),
    file('licenses/node/LICENSE', readFileSync(join(runtime, 'LICENSE'))),
    ...packages.flatMap(({ name, copyright }) =>
      copyright === undefined ? [] : [file(`licenses/${name}/copyright`, copyright)],
    ),
  ]
  const app = [
    ...files,
    // Node takes the programs for modules at once, instead of trying CommonJS first.
    file('app/package.json', '{ "type": "module" }\n'),
    file('app/sbom.cdx.json', sbom),
    file('licenses/LICENSE', readFileSync(join(ROOT, 'LICENSE'))),
    file('licenses/THIRD-PARTY-LICENSES.txt', licensesOf(metafile)),
  ]
  return { base, app, sbom }
}

/** What glibc and container runtimes expect to find. */
function system(): readonly Entry[] {
  return [
    file('etc/passwd', `root:x:0:0:root:/:/none\nnonroot:x:${NONROOT}:${NONROOT}:nonroot:/:/none\n`),
    file('etc/group', `root:x:0:\nnonroot:x:${NONROOT}:\n`),
    // Without it glibc asks DNS before /etc/hosts.
    file('etc/nsswitch.conf', 'hosts: files dns\n'),
    folder('tmp', 0o1777),
    ...['dev', 'proc', 'sys'].map(path => folder(path)),
  ]
}

function originsOf(libraries: readonly Library[]): {
  readonly packages: readonly SystemPackage[]
  readonly strays: readonly string[]
} {
  const origins = libraries.map(({ host }) => ({ host, found: packageOf(host) }))
  const packages = new Map(origins.flatMap(({ found }) => (found === undefined ? [] : [[found.name, found]])))
  return {
    packages: [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    strays: origins.filter(({ found }) => found === undefined).map(({ host }) => basename(host)),
  }
}
