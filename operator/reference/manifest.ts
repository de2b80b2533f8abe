import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { definitions } from '../api/crd.ts'
import { kindPage } from './kind.ts'
import { surfacePage } from './surface.ts'

const FOLDER = join(import.meta.dirname, '../../docs/reference')

/** `docs/reference/*.md` as text, by file name. Generated: `npm run reference` writes them, a test compares. */
export async function manifests(): Promise<ReadonlyMap<string, string>> {
  const pages = [
    ...definitions.map(definition => [`${definition.spec.names.singular}.md`, kindPage(definition)] as const),
    ['rest.md', surfacePage()] as const,
  ]
  const options = await resolveConfig(join(FOLDER, 'rest.md'))
  const formatted = pages.map(
    async ([name, text]) => [name, await format(text, { ...options, parser: 'markdown' })] as const,
  )
  return new Map(await Promise.all(formatted))
}

if (import.meta.main) {
  await mkdir(FOLDER, { recursive: true })
  for (const [name, text] of await manifests()) {
    await writeFile(join(FOLDER, name), text)
    process.stdout.write(`docs/reference/${name}\n`)
  }
}
