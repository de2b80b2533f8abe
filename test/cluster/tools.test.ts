import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { isClusterError } from './error.ts'
import { cachedPath, cacheFolder, cacheKey } from './tool-cache.ts'
import { NODE_TOOL_NAMES, TOOL_NAMES, toolOf } from './tool-catalogue.ts'
import type { AnyToolName } from './tool-catalogue.ts'
import { resolveTools } from './tools.ts'
import { until } from './wait.ts'

/** A `go` that compiles two packages into a file with the text "built" and writes down that it did. */
const WORKING_GO = `
case "$1" in
list) [ "$2" = -m ] || printf 'a\\nb\\nc\\n' ;;
build)
  echo build >> "$GO_CALLS"
  printf 'example.test/a\\nexample.test/b\\n' >&2
  while [ "$1" != -o ]; do shift; done
  printf built > "$2" && chmod +x "$2" ;;
esac`

describe('the programs of the cluster', () => {
  let folder = ''
  let env: NodeJS.ProcessEnv = {}
  let shown = ''
  const progress = {
    isTTY: false,
    write: (text: string) => {
      shown += text
    },
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tools-'))
    shown = ''
    env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: join(folder, 'bin'), GO_CALLS: join(folder, 'calls') }
    await script(join(folder, 'bin', 'go'), WORKING_GO)
    env['PATH'] += ':/usr/bin:/bin'
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  const resolve = (names: readonly AnyToolName[], more: NodeJS.ProcessEnv = {}) =>
    resolveTools(names, { env: { ...env, ...more }, progress })
  const failure = async (names: readonly AnyToolName[], more: NodeJS.ProcessEnv = {}) => {
    const error: unknown = await resolve(names, more).catch((reason: unknown) => reason)
    return isClusterError(error) ? { code: error.code, message: error.message } : { code: 'none', message: '' }
  }
  const builds = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n').length

  it('are built when the machine has none, and found the next time', async () => {
    const first = await resolve(['etcd'])
    expect(first.etcd).to.equal(cachedPath(toolOf('etcd'), cacheFolder(env)))
    expect(await readFile(first.etcd, 'utf8')).to.equal('built')
    expect(await resolve(['etcd'])).to.deep.equal(first)
    expect(await builds()).to.equal(1)
  })

  it('are built once when several ask at the same time', async () => {
    await Promise.all([resolve(['etcd']), resolve(['etcd']), resolve(['etcd'])])
    expect(await builds()).to.equal(1)
  })

  it('tell what is being built, which of how many it is, and when it is done', async () => {
    await resolve(['etcd', 'kwok'])
    const lines = shown.split('\n').filter(line => line.startsWith('built'))
    expect(lines.map(line => line.replace(/v[\d.]+|\d+ s/g, '#'))).to.deep.equal([
      'built etcd # (1 of 2), #',
      'built kwok # (2 of 2), #',
    ])
  })

  it('do not include those of a genuine node, unless they are asked for', async () => {
    expect(await resolveTools(undefined, { env, progress })).to.have.all.keys(TOOL_NAMES)
    expect(await resolve(NODE_TOOL_NAMES)).to.have.all.keys(NODE_TOOL_NAMES)
  })

  it('come from KUBEBUILDER_ASSETS first, as far as that has them', async () => {
    const assets = join(folder, 'assets')
    await script(join(assets, 'kube-apiserver'), 'echo Kubernetes v1.37.0')
    await script(join(assets, 'etcd'), 'exit 1')
    const found = await resolve(['kube-apiserver', 'etcd', 'kubectl'], { KUBEBUILDER_ASSETS: assets })
    expect(found['kube-apiserver']).to.equal(join(assets, 'kube-apiserver'))
    expect(found.etcd).to.equal(join(assets, 'etcd'))
    expect(found.kubectl).to.equal(cachedPath(toolOf('kubectl'), cacheFolder(env)))
  })

  it('are refused when KUBEBUILDER_ASSETS holds a Kubernetes that is too old', async () => {
    const assets = join(folder, 'assets')
    await script(join(assets, 'kube-apiserver'), 'echo Kubernetes v1.35.4')
    const { code, message } = await failure(['kube-apiserver'], { KUBEBUILDER_ASSETS: assets })
    expect(code).to.equal('tool_outdated')
    expect(message).to.contain('v1.35.4').and.to.contain('1.36 or newer')
  })

  it('name the remedy when there is no Go', async () => {
    const { code, message } = await failure(['kwok'], { PATH: join(folder, 'empty') })
    expect(code).to.equal('go_missing')
    expect(message).to.contain('install Go 1.26 or newer').and.not.to.contain('\n')
  })

  it('name the remedy when Go is too old', async () => {
    await script(join(folder, 'bin', 'go'), 'echo "go: go.mod requires go >= 1.26.0 (running go 1.20)" >&2; exit 1')
    const { code, message } = await failure(['kwok'])
    expect(code).to.equal('go_too_old')
    expect(message).to.contain('install Go 1.26 or newer').and.to.contain('running go 1.20')
  })

  it('show the last lines of a build that fails, and leave nothing that looks built', async () => {
    const broken = `case "$1" in build) echo "x.go:1: undefined: y" >&2; exit 1;; esac`
    await script(join(folder, 'bin', 'go'), broken)
    const { code, message } = await failure(['kwok'])
    expect(code).to.equal('tool_build_failed')
    expect(message).to.contain('undefined: y')
    expect(await readdir(dirname(cachedPath(toolOf('kwok'), cacheFolder(env))))).to.deep.equal([])
  })

  it('stop being built when the caller gives up', async () => {
    await script(join(folder, 'bin', 'go'), `case "$1" in build) echo build >> "$GO_CALLS"; exec sleep 60;; esac`)
    const abort = new AbortController()
    const outcome = resolveTools(['etcd'], { env, progress, signal: abort.signal })
    const building = async () => (await readdir(folder)).includes('calls')
    await until(building, { what: 'the build runs', withinMs: 5000 })
    abort.abort(new Error('enough'))
    expect(await outcome.catch((error: unknown) => String(error))).to.equal('Error: enough')
  })
})

describe('the key of a built program', () => {
  const tool = toolOf('kube-apiserver')

  for (const [what, other] of [
    ['the pinned modules', { ...tool, goMod: `${tool.goMod}\n// changed` }],
    ['their checksums', { ...tool, goSum: `${tool.goSum}changed` }],
    ['a source of our own', { ...tool, sources: ['package main'] }],
    ['the linker flags', { ...tool, ldflags: `${tool.ldflags} -X a.b=c` }],
  ] as const)
    it(`changes with ${what}`, () => {
      expect(cacheKey(other)).not.to.equal(cacheKey(tool))
    })

  it('changes with the platform', () => {
    expect(cacheKey(tool, 'linux-arm64')).not.to.equal(cacheKey(tool, 'linux-x64'))
  })

  it('is the same for programs of one module, so that they lie together', () => {
    expect(cacheKey(toolOf('kubectl'))).to.equal(cacheKey(tool))
  })

  it('begins with the module and the version that its go.mod requires', () => {
    for (const name of [...TOOL_NAMES, ...NODE_TOOL_NAMES]) {
      const { module, version, goMod } = toolOf(name)
      expect(cacheKey(toolOf(name)).startsWith(`${module}-${version}-`), name).to.equal(true)
      expect(goMod).to.contain(` ${version}`)
    }
  })
})

describe('the programs of a genuine node', () => {
  for (const name of NODE_TOOL_NAMES)
    it(`are of the control plane’s version: ${name}`, () => {
      expect(toolOf(name).version).to.equal(toolOf('kube-apiserver').version)
    })
})

async function script(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
}
