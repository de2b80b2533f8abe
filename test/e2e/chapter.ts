import { bookChapter } from './chapters/book.ts'
import { clusterChapter } from './chapters/cluster.ts'
import { certificateChapter } from './chapters/certificate.ts'
import { crashChapter } from './chapters/crash.ts'
import { drainChapter } from './chapters/drain.ts'
import { installChapter } from './chapters/install.ts'
import { outageChapter } from './chapters/outage.ts'
import { extentChapter, rightsChapter } from './chapters/rights.ts'
import { rolloutChapter } from './chapters/rollout.ts'
import { runbookChapter } from './chapters/runbook.ts'
import { uninstallChapter } from './chapters/uninstall.ts'
import { upgradeChapter } from './chapters/upgrade.ts'
import { variantChapter } from './chapters/variant.ts'
import type { Scene } from './scene.ts'

/** A part of the story. Told alone, on a fresh cluster, it first installs what it needs. */
export type Chapter = {
  readonly name: string
  readonly title: string
  tell(scene: Scene): Promise<void>
}

/** Told when none is named: from nothing to rollouts that went well and badly, within five minutes. */
export const SHORT: readonly Chapter[] = [clusterChapter, installChapter, runbookChapter, bookChapter, rolloutChapter]

export const CHAPTERS: readonly Chapter[] = [
  ...SHORT,
  crashChapter,
  drainChapter,
  certificateChapter,
  rightsChapter,
  outageChapter,
  uninstallChapter,
  variantChapter,
  upgradeChapter,
  extentChapter,
]

/** Instead of names: every chapter. */
const ALL = 'all'

/** In the order in which they are told. @throws Error that names those there are */
export function chaptersNamed(names: readonly string[]): readonly Chapter[] {
  const known = CHAPTERS.map(({ name }) => name)
  for (const name of names)
    if (name !== ALL && !known.includes(name))
      throw new Error(`there is no chapter ${name}: name some of ${known.join(', ')}, or ${ALL}`)
  if (names.includes(ALL)) return CHAPTERS
  return names.length === 0 ? SHORT : CHAPTERS.filter(({ name }) => names.includes(name))
}
