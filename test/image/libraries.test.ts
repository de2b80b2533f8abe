import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { wantsOf } from '../../image/elf.ts'
import { librariesOf } from '../../image/libraries.ts'
import { libraryFolders } from '../../image/platform.ts'
import { ownPlatform } from '../../kubectl-plugin/package/platform.ts'

const { arch } = ownPlatform()

describe('the libraries of a program', () => {
  it('are those that ldd lists, and its loader', () => {
    const listed = execFileSync('ldd', [process.execPath], { encoding: 'utf8' })
    const wanted = [...listed.matchAll(/^\s*(\S*\.so\S*) (?:=>|\()/gm)].map(([, name = '']) =>
      name.replace(/^.*\//, ''),
    )
    const found = librariesOf(process.execPath, libraryFolders(arch, arch)).map(({ entry }) =>
      entry.path.replace(/^.*\//, ''),
    )
    expect(found.toSorted()).to.deep.equal(wanted.filter(name => !name.startsWith('linux-vdso')).toSorted())
  })

  it('must all be there: else the error names the one that is not, and where it was looked for', () => {
    expect(() => librariesOf(process.execPath, [{ host: '/nowhere', image: 'lib' }])).to.throw(
      /node needs \S+\.so\.\d+, which is in none of \/nowhere: install it/,
    )
  })

  it('of another architecture are looked for among those for cross building, and lie where its loader looks', () => {
    expect(libraryFolders('arm64', 'amd64')).to.deep.equal([
      { host: '/usr/aarch64-linux-gnu/lib', image: 'lib/aarch64-linux-gnu' },
    ])
  })

  it('cannot be told of what is no program', () => {
    const folder = mkdtempSync(join(tmpdir(), 'elf-'))
    try {
      const file = join(folder, 'script')
      writeFileSync(file, '#!/bin/sh\n'.repeat(20))
      expect(() => wantsOf(file)).to.throw(`${file} is no ELF file of 64 bit`)
      writeFileSync(file, 'short')
      expect(() => wantsOf(file)).to.throw(`${file} ends before its headers do`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
