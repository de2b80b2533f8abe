import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { bundle } from '../../../image/bundle.ts'
import { settingsOf } from '../../../image/settings.ts'
import { sourceOf } from '../../../image/source.ts'
import { CHART } from '../../charts/helm.ts'

/** The operator as users run it. */
export type Shipped = { readonly main: string; readonly env: NodeJS.ProcessEnv }

const MIB = 1024 * 1024

/**
 * The program of the image, bundled as there and started with the image's own options for Node. A share of the
 * container's memory becomes the same share of the chart's limit: there is no container here.
 */
export async function ship(folder: string): Promise<Shipped> {
  const { files } = await bundle()
  const app = join(folder, 'app')
  mkdirSync(app, { recursive: true })
  for (const { path, content } of files) writeFileSync(join(folder, path), content)
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }\n')
  const { Env } = settingsOf(sourceOf(undefined))
  const options = Env.find(text => text.startsWith('NODE_OPTIONS='))?.slice('NODE_OPTIONS='.length) ?? ''
  const heap = (_: string, percent: string) =>
    `--max-old-space-size=${Math.floor((Number(percent) / 100) * (memoryLimit() / MIB))}`
  const NODE_OPTIONS = options.replace(/--max-old-space-size-percentage=(\d+)/, heap)
  return { main: join(app, 'operator.js'), env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS } }
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
