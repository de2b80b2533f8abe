import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { expect } from 'chai'
import { type Built, assemble, buildImage } from '../../image/build.ts'
import { layOut } from '../../image/rootfs.ts'
import { ownPlatform } from '../../kubectl-plugin/package/platform.ts'
import { pinnedRuntime } from '../../kubectl-plugin/package/runtime.ts'
import { RELEASE } from '../../operator/release.ts'
import { type Item, unpack, untar } from './unpacked.ts'

type Manifest = { readonly devDependencies: { readonly [name: string]: string } }

const ROOT = join(import.meta.dirname, '../..')

describe('the image', function () {
  this.timeout(120_000)
  const { arch } = ownPlatform()
  const folder = mkdtempSync(join(tmpdir(), 'image-'))
  let built: Built
  let image: Awaited<ReturnType<typeof unpack>>
  let base: readonly Item[]
  let app: readonly Item[]
  before(async () => {
    built = await buildImage({ arch })
    image = await unpack(built.archive)
    const [lower = Buffer.of(), upper = Buffer.of()] = image.layers
    ;[base, app] = [await untar(lower), await untar(upper)]
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const contentOf = (path: string) => {
    const item = [...base, ...app].find(({ header }) => header.name === path)
    if (item === undefined) throw new Error(`the image has no ${path}`)
    return item.content
  }

  describe('is the same', () => {
    it('from another folder, by another umask, in another time zone, at another time', () => {
      const elsewhere = join(folder, 'elsewhere')
      mkdirSync(elsewhere)
      const words = `umask 077 && exec "$0" "$1" --out out`
      const { status, stdout, stderr } = spawnSync('sh', ['-c', words, process.execPath, join(ROOT, 'image/main.ts')], {
        cwd: elsewhere,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], TZ: 'Asia/Tokyo', LC_ALL: 'C', HOME: elsewhere },
      })
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
      expect(stdout).to.include(`digest  ${built.digest}\n`)
      const file = join(elsewhere, `out/autonomy-rollouts-${RELEASE}-linux-${arch}`)
      expect(readFileSync(`${file}.digest`, 'utf8')).to.equal(`${built.digest}\n`)
      expect(readFileSync(`${file}.tar`).equals(built.archive), 'the archives').to.equal(true)
      expect(readFileSync(`${file}.cdx.json`, 'utf8')).to.equal(built.contents.sbom)
    })

    it('because entries are in order, of one time, and of root', () => {
      for (const layer of [base, app]) {
        const names = layer.map(({ header }) => header.name.replace(/\/$/, ''))
        expect(names).to.deep.equal(names.toSorted())
        for (const { header } of layer)
          expect({ ...header, mtime: header.mtime?.getTime() }, header.name).to.include({
            uid: 0,
            gid: 0,
            uname: '',
            gname: '',
            mtime: 0,
          })
      }
    })

    it('and names no file of the machine that made it', () => {
      for (const { header, content } of app) expect(content.includes(ROOT), header.name).to.equal(false)
    })

    it('takes its times from SOURCE_DATE_EPOCH', async () => {
      const other = await unpack((await assemble(built.contents, { arch, epoch: '1700000000' })).archive)
      const [lower = Buffer.of()] = other.layers
      expect(other.config.created).to.equal('2023-11-14T22:13:20Z')
      for (const { header } of await untar(lower)) expect(header.mtime?.getTime()).to.equal(1_700_000_000_000)
    })
  })

  describe('as an archive', () => {
    it('names itself for containerd, and for docker load', () => {
      const name = `localhost/autonomy-rollouts:${RELEASE}`
      expect(image.index.manifests[0].annotations).to.deep.equal({
        'io.containerd.image.name': name,
        'org.opencontainers.image.ref.name': RELEASE,
      })
      expect(image.index.manifests[0].digest).to.equal(built.digest)
      const [loaded] =
        image.json<
          readonly { readonly RepoTags: unknown; readonly Layers: readonly string[]; readonly Config: string }[]
        >('manifest.json')
      expect(loaded?.RepoTags).to.deep.equal([name])
      expect(image.names).to.include.members([loaded?.Config, ...(loaded?.Layers ?? [])])
    })

    it('is of layers that its configuration knows, on an architecture that it names', () => {
      expect(image.config.rootfs.diff_ids).to.deep.equal(image.manifest.layers.map(({ digest }) => digest))
      expect(image.config.architecture).to.equal(arch)
    })

    it('has less than 200 MB, and less than 10 of them change with the operator', () => {
      expect(built.archive.length).to.be.lessThan(200_000_000)
      expect(image.layers[1]?.length).to.be.lessThan(10_000_000)
    })
  })

  describe('has in it', () => {
    it('the Node that everything is tested with, whatever the architecture', () => {
      const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
      for (const arch of ['amd64', 'arm64'] as const)
        expect(pinnedRuntime({ os: 'linux', arch }).version).to.equal(devDependencies['node'])
    })

    it('one program but for the loader, and nothing that gives rights', () => {
      const files = [...base, ...app].filter(({ header }) => header.type === 'file')
      expect(files).to.have.length(built.files)
      const programs = files.filter(({ header }) => ((header.mode ?? 0) & 0o111) !== 0).map(({ header }) => header.name)
      expect(programs.filter(name => !/^lib(64)?\/ld-linux/.test(name))).to.deep.equal(['usr/local/bin/node'])
      for (const { header } of files) expect((header.mode ?? 0) & 0o7022, header.name).to.equal(0)
      expect([...base, ...app].every(({ header }) => header.type === 'file' || header.type === 'directory')).to.equal(
        true,
      )
    })

    it('what its documentation lists, and nothing else', () => {
      const table =
        readFileSync(join(ROOT, 'docs/image.md'), 'utf8').split('## What is in it')[1]?.split('\n\n')[1] ?? ''
      const cells = table
        .split('\n')
        .slice(2)
        .map(row => row.split('|')[1] ?? '')
      const listed = cells.flatMap(cell => [...cell.matchAll(/`\/([^`]+)`/g)].map(([, path = '']) => path))
      const names = [...base, ...app].map(({ header }) => header.name.replace(/\/$/, ''))
      const within = (name: string) =>
        listed.some(path => name === path || name.startsWith(`${path}/`) || path.startsWith(`${name}/`))
      expect(
        names.filter(name => !within(name)),
        'not listed',
      ).to.deep.equal([])
      expect(
        listed.filter(path => !names.includes(path)),
        'not there',
      ).to.deep.equal(arch === 'arm64' ? ['lib64'] : [])
    })

    it('the release that its documentation speaks of', () => {
      const text = readFileSync(join(ROOT, 'docs/image.md'), 'utf8')
      const named = [...text.matchAll(/autonomy-rollouts[-:](\d+\.\d+\.\d+)/g)].map(([, release]) => release)
      expect(new Set(named)).to.deep.equal(new Set([RELEASE]))
    })

    it('a user without rights, whom it runs as', () => {
      expect(String(contentOf('etc/passwd'))).to.match(/^nonroot:x:65532:65532:/m)
      expect(String(contentOf('etc/group'))).to.match(/^nonroot:x:65532:$/m)
      expect(image.config.config).to.include({ User: '65532:65532' })
    })

    it('the licences of everything in it', () => {
      const names = base.map(({ header }) => header.name)
      expect(names).to.include('licenses/node/LICENSE')
      expect(names.filter(name => /^licenses\/[^/]+\/copyright$/.test(name))).not.to.deep.equal([])
      const notices = String(contentOf('licenses/THIRD-PARTY-LICENSES.txt'))
      for (const name of ['undici', '@kubernetes/client-node', '@peculiar/x509', 'pino', 'ajv'])
        expect(notices).to.match(new RegExp(`^${name} \\d`, 'm'))
    })
  })

  describe('its bill of materials', () => {
    type Component = {
      readonly name: string
      readonly version?: string
      readonly purl?: string
      readonly hashes?: unknown
    }
    const components = () =>
      (JSON.parse(built.contents.sbom) as { readonly components: readonly Component[] }).components

    it('follows the schema of CycloneDX 1.6', async () => {
      const text = String(contentOf('app/sbom.cdx.json'))
      expect(text).to.equal(built.contents.sbom)
      const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
      expect(await validator.validate(text)).to.equal(null)
      expect(await validator.validate(text.replace('"library"', '"book"'))).not.to.equal(null)
    })

    it('has Node, what is bundled of npm with its hash, and none of the tools', () => {
      const of = (name: string) => components().find(component => component.name === name)
      const { version } = pinnedRuntime({ os: 'linux', arch })
      expect(of('node')).to.include({ version, purl: `pkg:generic/node@${version}` })
      expect(of('undici')?.hashes).to.have.length(1)
      for (const tool of ['esbuild', 'typescript', 'react', 'mocha', 'tar-stream'])
        expect(of(tool), tool).to.equal(undefined)
    })

    it('has the packages of the distribution that the libraries came with', () => {
      const libraries = base.filter(({ header }) => header.name.startsWith('lib'))
      expect(libraries.some(({ header }) => header.name.endsWith('libstdc++.so.6'))).to.equal(true)
      const owners = components().filter(({ purl }) => purl?.startsWith('pkg:deb/'))
      for (const name of ['libc6', 'libstdc++6'])
        expect(owners.find(owner => owner.name === name)?.version).to.match(/^\d/)
    })
  })

  describe('with nothing around it', () => {
    const root = join(folder, 'root')
    before(() => {
      layOut([...built.contents.base, ...built.contents.app], root)
      // The folder above, mkdtemp's, is for its owner alone.
      chmodSync(folder, 0o755)
    })

    /** In a root of its own, where nothing of this machine is left. */
    const alone = (program: string, ...args: readonly string[]) => {
      const env = {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        NODE_OPTIONS: '--enable-source-maps --max-old-space-size-percentage=70 --max-semi-space-size=4',
        // Node hands it on by itself, and its folder is not to be had in here.
        NODE_V8_COVERAGE: '',
      }
      const words = [root, '/usr/local/bin/node', program, ...args]
      // Only root may change its root; anybody else becomes root of a user namespace first.
      return process.getuid?.() === 0
        ? spawnSync('chroot', ['--userspec=65532:65532', ...words], { encoding: 'utf8', env })
        : spawnSync('unshare', ['--user', '--map-root-user', 'chroot', ...words], { encoding: 'utf8', env })
    }

    for (const [program, words] of [
      ['operator', /^autonomy-rollouts operator: moves fleets/],
      ['check', /^autonomy-rollouts check: says/],
    ] as const)
      it(`${program}.js starts`, () => {
        const { status, stdout, stderr } = alone(`/app/${program}.js`, '--help')
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
        expect(stdout).to.match(words)
      })

    it('an error names the file and the line of the sources', () => {
      const { status, stderr } = alone('/app/operator.js', '--kubeconfig', '/nowhere')
      expect(status).to.equal(1)
      expect(stderr).to.match(/\/operator\/kube\/kubeconfig\.ts:\d+/)
    })
  })
})
