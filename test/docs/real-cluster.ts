import { PAGES, readPage } from './page.ts'
import { type Reader, asReader } from './reader.ts'
import { stepsOf } from './step.ts'
import { tryPage } from './trial.ts'

/** Pages with blocks that only a cluster with pods can hold true, in the order in which they are to be tried. */
export const REAL_CLUSTER_PAGES: readonly string[] = PAGES.filter(({ text }) =>
  stepsOf(text).some(({ where }) => where === 'real-cluster'),
).map(({ path }) => path)

/**
 * Tries what a page says about a genuine cluster: its blocks that are marked `real-cluster`, in their order, in one shell
 * whose working folder looks like a checkout. Rejects with the page, the line, and what differs.
 *
 * @param reader `env` with KUBECONFIG; `path` with kubectl, helm, jq, curl and the plugin
 */
export async function tryOnRealCluster(path: string, reader: Omit<Reader, 'scenes'>): Promise<void> {
  const steps = stepsOf(readPage(path).text).filter(({ where }) => where === 'real-cluster')
  await asReader({ ...reader, scenes: {} }, async place => await tryPage(path, steps, place))
}
