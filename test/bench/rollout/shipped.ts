import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../../../image/bundle.ts'
import { nodeOptions } from '../../image/node-options.ts'

/** The operator as users run it. */
export type Shipped = { readonly main: string; readonly env: NodeJS.ProcessEnv }

/** The program of the image, bundled as there and started with the image's own options for Node. */
export async function ship(folder: string): Promise<Shipped> {
  const { files } = await bundle()
  const app = join(folder, 'app')
  mkdirSync(app, { recursive: true })
  for (const { path, content } of files) writeFileSync(join(folder, path), content)
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }\n')
  return {
    main: join(app, 'operator.js'),
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: nodeOptions() },
  }
}
