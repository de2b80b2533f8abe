import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { description } from './description.ts'

/** docs/openapi.json as text. Generated: `npm run openapi` writes it, a test compares. */
export async function manifest(): Promise<string> {
  return await format(JSON.stringify(description()), { ...(await resolveConfig(FILE)), filepath: FILE })
}

const FILE = join(import.meta.dirname, '../../../docs/openapi.json')

if (import.meta.main) {
  await writeFile(FILE, await manifest())
  process.stdout.write('docs/openapi.json\n')
}
