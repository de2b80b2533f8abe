import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { pack, sha256 } from '../../../kubectl-plugin/package/archive.ts'
import { bundle } from '../../../kubectl-plugin/package/bundle.ts'
import { makeExecutable } from '../../../kubectl-plugin/package/executable.ts'
import { licensesOf } from '../../../kubectl-plugin/package/licenses.ts'
import { ownPlatform, platformOf } from '../../../kubectl-plugin/package/platform.ts'
import { RELEASE } from '../../../operator/release.ts'

describe('the executable', function () {
  this.timeout(120_000)
  let folder = ''
  let licenses = ''
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-executable-'))
    const main = join(folder, 'main.mjs')
    licenses = licensesOf(await bundle(main))
    makeExecutable(main, ownPlatform(), join(folder, 'autonomy'), folder)
    symlinkSync('autonomy', join(folder, 'kubectl-autonomy'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const run = (name: string, ...args: readonly string[]) =>
    spawnSync(join(folder, name), args, { encoding: 'utf8', env: { HOME: folder, PATH: '/nowhere' } })

  it('needs nothing else on the machine', () => {
    const { status, stdout } = run('autonomy', 'version', '--client', '-o', 'json')
    expect(status).to.equal(0)
    expect(JSON.parse(stdout)).to.deep.equal({ client: RELEASE, node: process.versions.node })
  })

  it('knows by which name it was called', () => {
    expect(run('autonomy', 'nonsense').stderr).to.match(/^autonomy: /)
    expect(run('kubectl-autonomy', 'nonsense').stderr).to.match(/^kubectl autonomy: /)
  })

  it('has in it what commands bring only when they need it', () => {
    const plan = 'plan_id: p\nartifact_ref: x\nstages: [{ id: a, nodes: { limit: 0 } }]\n'
    const { status, stdout } = spawnSync(join(folder, 'autonomy'), ['rollout', 'lint', '-f', '-'], {
      encoding: 'utf8',
      input: plan,
      env: { HOME: folder },
    })
    expect([status, stdout]).to.deep.equal([
      2,
      '-:3: error: stages[0].nodes.limit: give a count (1 or more) or a whole percentage ("1%" to "100%")\n',
    ])
  })

  it('passes on the licenses of what is in it', () => {
    for (const name of ['ink', 'react', 'js-yaml', '@kubernetes/client-node', 'ajv'])
      expect(licenses).to.match(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((MIT|Apache-2\\.0)\\)$`, 'm'))
  })

  it('is not made for a Mac elsewhere, where nobody can sign it', function () {
    if (process.platform === 'darwin') return
    expect(() => makeExecutable('x', platformOf('darwin-arm64'), 'y', folder)).to.throw(
      'has to be signed with codesign',
    )
  })

  it('is packed into the same archive whoever packs it and when', async () => {
    const [one, two] = [join(folder, 'one.tar.gz'), join(folder, 'two.tar.gz')]
    const small = join(folder, 'small')
    execFileSync('mkdir', ['-p', small])
    execFileSync('sh', ['-c', `echo a > ${small}/a; echo b > ${small}/b`])
    pack(small, one)
    execFileSync('sh', ['-c', `touch -d '2001-01-01' ${small}/a; rm ${small}/b; echo b > ${small}/b`])
    pack(small, two)
    expect(await sha256(one)).to.equal(await sha256(two))
  })
})
