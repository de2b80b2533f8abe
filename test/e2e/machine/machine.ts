import { delimiter, join } from 'node:path'
import { cacheFolder } from '../../cluster/tool-cache.ts'
import { inNamespaces } from './namespaces.ts'

/** Where programs for root are, which the PATH of some shells leaves out. */
const ROOT_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * A command in a machine within this one: with no network but its own loopback, and ended, with all that came of it, by
 * the end of one process.
 */
export function machineCommand(folder: string, command: readonly string[]): readonly string[] {
  const path = [...new Set([...(process.env['PATH'] ?? '').split(delimiter), ...ROOT_PATH])].join(delimiter)
  const env = {
    PATH: path,
    TMPDIR: folder,
    HOME: folder,
    // The programs of the cluster are where they were found or built.
    XDG_CACHE_HOME: join(cacheFolder(), '../..'),
    KUBEBUILDER_ASSETS: process.env['KUBEBUILDER_ASSETS'] ?? '',
  }
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return inNamespaces('hostname autonomy-e2e', [], ['env', ...settings, ...command])
}
