import { expect } from 'chai'
import { load } from 'js-yaml'
import { krewManifest } from '../../../kubectl-plugin/package/krew.ts'

/**
 * The rules of krew's documentation and of its own validation
 * (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/, internal/index/validation/validate.go).
 */

type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly version: string
    readonly homepage: string
    readonly shortDescription: string
    readonly description: string
    readonly caveats: string
    readonly platforms: readonly {
      readonly selector: { readonly matchLabels: { readonly [key: string]: string } }
      readonly uri: string
      readonly sha256: string
      readonly bin: string
    }[]
  }
}

const SUM = 'a'.repeat(64)
const linux = (arch: 'amd64' | 'arm64') => ({
  platforms: [{ os: 'linux' as const, arch }],
  file: `autonomy-0.1.0-linux-${arch}.tar.gz`,
  sha256: SUM,
  bin: 'autonomy',
})
const text = krewManifest({
  version: '0.1.0',
  homepage: 'https://autonomy.example',
  baseUrl: 'https://autonomy.example/releases/v0.1.0',
  archives: [
    linux('amd64'),
    linux('arm64'),
    {
      platforms: [
        { os: 'darwin', arch: 'amd64' },
        { os: 'darwin', arch: 'arm64' },
      ],
      file: 'autonomy-0.1.0-node.tar.gz',
      sha256: SUM,
      bin: 'autonomy.mjs',
    },
  ],
})
const manifest = load(text) as Manifest
const { spec } = manifest

describe('the manifest for krew', () => {
  it('is of the one version that krew knows', () => {
    expect([manifest.apiVersion, manifest.kind]).to.deep.equal([
      'krew.googlecontainertools.github.com/v1alpha2',
      'Plugin',
    ])
  })

  it('has a name in lower case without kube, which is that of its file, autonomy.yaml', () => {
    expect(manifest.metadata.name)
      .to.equal('autonomy')
      .and.match(/^[a-z][a-z-]*$/)
      .and.not.match(/kube/)
  })

  it('has a semantic version with a v before it', () => {
    expect(spec.version).to.match(/^v\d+\.\d+\.\d+(-[\w.]+)?$/)
  })

  it('has a short description of a few words on one line, none of them redundant', () => {
    expect(spec.shortDescription)
      .to.match(/^[A-Z][^\n\r]{1,49}$/)
      .and.not.match(/kubectl|plugin|kubernetes|\.$/i)
  })

  it('has a description that explains and lists neither commands nor flags', () => {
    expect(spec.description.length).to.be.greaterThan(100)
    expect(spec.description).not.to.match(/ --\w|kubectl autonomy/)
  })

  it('has a homepage', () => {
    expect(spec.homepage).to.match(/^https:\/\//)
  })

  it('has caveats for what has to be there beside it, and for nothing else', () => {
    expect(spec.caveats).to.include('Node 24')
  })

  it('downloads archives that krew can unpack, over TLS', () => {
    for (const { uri } of spec.platforms) expect(uri).to.match(/^https:\/\/.*\.(tar\.gz|zip)$/)
  })

  it('has the sum of each archive, in lower case', () => {
    for (const { sha256 } of spec.platforms) expect(sha256).to.match(/^[a-f0-9]{64}$/)
  })

  it('names the executable of each, and leaves out the list of files, as is best', () => {
    for (const platform of spec.platforms) {
      expect(platform.bin).to.match(/^autonomy(\.mjs)?$/)
      expect(platform).not.to.have.property('files')
    }
  })

  it('selects by os and arch alone, and every machine by one entry only', () => {
    const machines = spec.platforms.map(({ selector }) => {
      expect(Object.keys(selector.matchLabels).sort()).to.deep.equal(['arch', 'os'])
      return `${selector.matchLabels['os']}/${selector.matchLabels['arch']}`
    })
    expect(machines.sort()).to.deep.equal(['darwin/amd64', 'darwin/arm64', 'linux/amd64', 'linux/arm64'])
  })
})
