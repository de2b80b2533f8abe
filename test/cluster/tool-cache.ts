import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Tool } from './tool-catalogue.ts'

/** Part of every key: a change here rebuilds everything. */
export const BUILD_FLAGS = ['-mod=readonly', '-trimpath', '-buildvcs=false'] as const

/** The folder with all programs this project ever built on the machine, outside of the checkout. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'autonomy-rollouts', 'tools')
}

/**
 * Names what a program is built from: the pinned modules with their checksums, sources of our own, the flags and
 * the platform. Two checkouts with the same pins share one build; a changed pin never finds an old one.
 */
export function cacheKey(tool: Tool, platform = `${process.platform}-${process.arch}`): string {
  const hash = createHash('sha256')
  const parts = [tool.goMod, tool.goSum, tool.ldflags, platform, ...BUILD_FLAGS, ...tool.sources]
  for (const part of parts) hash.update(part).update('\0')
  return `${tool.module}-${tool.version}-${hash.digest('hex').slice(0, 12)}`
}

export function cachedPath(tool: Tool, folder: string): string {
  return join(folder, cacheKey(tool), tool.name)
}
