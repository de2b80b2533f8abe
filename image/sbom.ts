import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Enums, Models, SPDX, Serialize, Spec, Validation } from '@cyclonedx/cyclonedx-library'
import type { Metafile } from 'esbuild'
import { packagesIn, versionIn } from '../kubectl-plugin/package/bundle.ts'
import type { SystemPackage } from './debian.ts'
import type { Source } from './source.ts'

const ROOT = join(import.meta.dirname, '..')

/** Everything in an image that somebody else made. */
export type Parts = {
  readonly source: Source
  readonly metafile: Metafile
  readonly node: { readonly version: string; readonly integrity: string }
  readonly packages: readonly SystemPackage[]
  /** Libraries that no package is known of, by the name of their file. */
  readonly strays: readonly string[]
}

/**
 * The bill of materials as CycloneDX 1.6: the npm packages of which something is in the bundles, Node, and the packages
 * of the distribution that its libraries come from. The same parts give the same text: it has no serial number and no time.
 *
 * @throws Error when it does not follow CycloneDX's schema
 */
export async function sbomOf({ source, metafile, node, packages, strays }: Parts): Promise<string> {
  const { Application, Library, Platform } = Enums.ComponentType
  const root = component(Application, 'autonomy-rollouts', source.version, {
    purl: `pkg:generic/autonomy-rollouts@${source.version}`,
    licenses: licensesOf(source.license),
  })
  const runtime = component(Platform, 'node', node.version, {
    purl: `pkg:generic/node@${node.version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${node.version}:*:*:*:*:*:*:*`,
    // Its package on npm; Node's own licence is in the image, with those of what Node is made of.
    externalReferences: new Models.ExternalReferenceRepository([
      new Models.ExternalReference('https://nodejs.org/', Enums.ExternalReferenceType.Website),
    ]),
  })
  const libraries = [
    ...packages.map(found => component(Library, found.name, found.version, { purl: debPurl(found) })),
    ...strays.map(name => component(Library, name)),
  ]
  const modules = npmComponents(metafile)
  for (const { bomRef } of libraries) runtime.dependencies.add(bomRef)
  for (const { bomRef } of [runtime, ...modules]) root.dependencies.add(bomRef)
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: root }),
    components: new Models.ComponentRepository([runtime, ...libraries, ...modules]),
  })
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  const text = new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 })
  const flaw: unknown = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)
  if (flaw !== null) throw new Error(`the bill of materials breaks CycloneDX's schema: ${JSON.stringify(flaw)}`)
  return `${text}\n`
}

type Locked = { readonly packages: { readonly [path: string]: { readonly integrity?: string } | undefined } }

function npmComponents(metafile: Metafile): readonly Models.Component[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Locked
  return packagesIn(metafile).map(({ name, folder }) => {
    const { version, license } = versionIn(folder)
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    const integrity = lock.packages[relative(ROOT, folder)]?.integrity
    return component(Enums.ComponentType.Library, name, version, {
      purl,
      licenses: licensesOf(license),
      ...(integrity === undefined ? {} : { hashes: hashOf(integrity) }),
    })
  })
}

function component(
  type: Enums.ComponentType,
  name: string,
  version?: string,
  more: Models.OptionalComponentProperties = {},
): Models.Component {
  return new Models.Component(type, name, {
    ...more,
    bomRef: more.purl ?? name,
    ...(version === undefined ? {} : { version }),
  })
}

function licensesOf(text: string): Models.LicenseRepository {
  const id = SPDX.fixupSpdxId(text)
  if (id !== undefined) return new Models.LicenseRepository([new Models.SpdxLicense(id)])
  const expression = /\s(AND|OR|WITH)\s/.test(text)
  return new Models.LicenseRepository([expression ? new Models.LicenseExpression(text) : new Models.NamedLicense(text)])
}

/** npm has hashes in base64, CycloneDX in hexadecimal. */
function hashOf(integrity: string): Models.HashDictionary {
  const [algorithm, digest = ''] = integrity.split('-')
  if (algorithm !== 'sha512') throw new Error(`package-lock.json has a hash of an unexpected kind: ${integrity}`)
  return new Models.HashDictionary([[Enums.HashAlgorithm['SHA-512'], Buffer.from(digest, 'base64').toString('hex')]])
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md */
function debPurl({ name, version, arch, distribution, release }: SystemPackage): string {
  const distro = encodeURIComponent(`${distribution}-${release}`)
  return `pkg:deb/${distribution}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}&distro=${distro}`
}
