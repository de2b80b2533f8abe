import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMANDS } from '../cli/table.ts'
import { manPage } from './page.ts'

/** Writes the manual page beside this file: `npm run plugin:man`. A test compares it with what the table says. */
const path = join(import.meta.dirname, 'autonomy.1')
writeFileSync(path, manPage(COMMANDS))
process.stdout.write('kubectl-plugin/man/autonomy.1\n')
