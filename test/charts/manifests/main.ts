import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isClusterError } from '../../cluster/error.ts'
import { renderManifests } from './render.ts'

/** `npm run manifests`: writes plain manifests to dist/manifests; arguments go to `helm template`. */
async function main(): Promise<number> {
  const folder = join(import.meta.dirname, '../../../dist/manifests')
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, text] of Object.entries(await renderManifests(process.argv.slice(2)))) {
      await writeFile(join(folder, name), text)
      process.stdout.write(`${relative(process.cwd(), join(folder, name))}\n`)
    }
    return 0
  } catch (error) {
    if (!isClusterError(error)) throw error
    process.stderr.write(`error: ${error.message}\n`)
    return 1
  }
}

process.exitCode = await main()
