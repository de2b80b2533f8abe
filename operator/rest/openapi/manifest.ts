import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { description } from './description.ts'

/** Writes docs/openapi.json: `npm run openapi`. */
const path = join(import.meta.dirname, '../../../docs/openapi.json')
await writeFile(path, `${JSON.stringify(description(), null, 2)}\n`)
process.stdout.write('docs/openapi.json\n')
