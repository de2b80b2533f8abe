import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { packagesIn, versionIn } from './bundle.ts'

/** The licenses of everything that is in a bundle, as most of them ask to be passed on. */
export function licensesOf(metafile: Metafile): string {
  const parts = packagesIn(metafile).map(({ name, folder }) => {
    const { version, license } = versionIn(folder)
    const files = readdirSync(folder).filter(file => /^(licen[cs]e|notice|copying)([.-]|$)/i.test(file))
    const texts = files.map(file => readFileSync(join(folder, file), 'utf8').trim())
    return [`${name} ${version} (${license})`, '='.repeat(70), ...texts].join('\n')
  })
  return `Programs of others that are part of this one, and their licenses.\n\n${parts.join('\n\n')}\n`
}
