import { stat } from 'node:fs/promises'
import { isClusterError } from './error.ts'
import { TOOL_NAMES, toolOf } from './tool-catalogue.ts'
import { resolveTools } from './tools.ts'

/** `npm run tools`: builds what is missing and tells where every program is. */
async function main(): Promise<number> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  process.once('SIGTERM', () => interrupted.abort(new Error('terminated')))
  try {
    const paths = await resolveTools(TOOL_NAMES, { signal: interrupted.signal })
    for (const name of TOOL_NAMES) {
      const path = paths[name]
      const version = path.startsWith(process.env['KUBEBUILDER_ASSETS'] || '\0') ? 'given' : toolOf(name).version
      const megabytes = Math.round((await stat(path)).size / 1e6)
      process.stdout.write(`${name.padEnd(24)}${version.padEnd(10)}${String(megabytes).padStart(4)} MB  ${path}\n`)
    }
    return 0
  } catch (error) {
    if (interrupted.signal.aborted) return 130
    if (!isClusterError(error)) throw error
    process.stderr.write(`error: ${error.message}\n`)
    return 1
  }
}

process.exitCode = await main()
