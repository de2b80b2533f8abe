import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from './wait.ts'

const MOUNTED = '/sys/fs/cgroup'
/** How long processes that were killed may take to leave, in milliseconds. */
const WITHIN_MS = 10_000
const EVERY_MS = 50

/** The roots of the machine's hierarchies: one with cgroup v2, one for each controller with v1. */
export function hierarchies(): readonly string[] {
  if (existsSync(join(MOUNTED, 'cgroup.controllers'))) return [MOUNTED]
  if (!existsSync(MOUNTED)) return []
  return readdirSync(MOUNTED)
    .map(name => join(MOUNTED, name))
    .filter(path => existsSync(join(path, 'cgroup.procs')))
}

/** Creates a control group, and those above it, in every hierarchy, so that a kubelet can take it for its root. */
export function createCgroup(name: string): void {
  for (const root of hierarchies()) {
    let path = root
    for (const part of name.split('/')) {
      const parent = path
      path = join(parent, part)
      mkdirSync(path, { recursive: true })
      // Nothing can run in a group of cgroup v1's cpuset before it has processors and memory.
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        if (root.endsWith('/cpuset')) writeFileSync(join(path, file), readFileSync(join(parent, file)))
    }
  }
}

/** Removes a control group with all below it, once its processes have gone. What is still in use after the bound stays. */
export async function removeCgroup(name: string): Promise<void> {
  for (let left = WITHIN_MS; left > 0; left -= EVERY_MS) {
    const present = hierarchies().filter(root => existsSync(join(root, name)))
    if (present.every(root => removed(join(root, name)))) return
    await pause(EVERY_MS)
  }
}

function removed(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory() && !removed(join(folder, entry.name))) return false
    rmdirSync(folder)
    return true
  } catch {
    // In use, for a moment more; or another has removed it.
    return !existsSync(folder)
  }
}
