import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { settingsOf } from '../../image/settings.ts'
import { sourceOf } from '../../image/source.ts'
import { CHART } from '../charts/helm.ts'

const MIB = 1024 * 1024

/**
 * The image's own options for Node, for a process outside a container: a share of the container's memory becomes the same
 * share of the chart's limit.
 */
export function nodeOptions(): string {
  const { Env } = settingsOf(sourceOf(undefined))
  const options = Env.find(text => text.startsWith('NODE_OPTIONS='))?.slice('NODE_OPTIONS='.length) ?? ''
  return options.replace(
    /--max-old-space-size-percentage=(\d+)/,
    (_, percent: string) => `--max-old-space-size=${Math.floor((Number(percent) / 100) * (memoryLimit() / MIB))}`,
  )
}

/** Of the operator's container by the chart's own values, in bytes. */
export function memoryLimit(): number {
  const values = load(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as {
    readonly resources: { readonly limits: { readonly memory: string } }
  }
  const { memory } = values.resources.limits
  const mib = /^(\d+)Mi$/.exec(memory)?.[1]
  if (mib === undefined) throw new Error(`the chart limits memory to ${memory}, and not to a number of Mi`)
  return Number(mib) * MIB
}
