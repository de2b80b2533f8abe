import { delimiter } from 'node:path'
import { inNamespaces } from './namespaces.ts'

/** Where programs for root are, which the PATH of some shells leaves out. */
const ROOT_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * A command in a machine within this one: with no network but its own loopback, and ended, with all that came of it, by
 * the end of one process.
 */
export function machineCommand(folder: string, command: readonly string[]): readonly string[] {
  const path = [...new Set([...(process.env['PATH'] ?? '').split(delimiter), ...ROOT_PATH])].join(delimiter)
  return inNamespaces(
    'hostname autonomy-e2e',
    [],
    ['env', `PATH=${path}`, `TMPDIR=${folder}`, `HOME=${folder}`, ...command],
  )
}
