import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { bundle } from '../../image/bundle.ts'
import { CACHE, ROOT, treeHash } from './tree.ts'

/** An operator that can be started. */
export type Program = {
  readonly file: string
  /** Node keeps compiled code there, which makes a start twice as fast. */
  readonly compileCache: string
}

/**
 * The operator as its image has it: one file, which starts in a quarter of the time of the sources. Made once for each state
 * of the sources.
 */
export async function shippedProgram(): Promise<Program> {
  return await programOf(treeHash(SOURCES))
}

/** The operator with other text in some of its files. @param changed  by path from the root */
export async function changedProgram(changed: ReadonlyMap<string, string>): Promise<Program> {
  const name = createHash('sha256')
    .update(treeHash(SOURCES))
    .update(JSON.stringify([...changed]))
  return await programOf(name.digest('hex').slice(0, 12), {
    name: 'changed',
    setup: build =>
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = changed.get(relative(ROOT, path))
        return contents === undefined ? undefined : { contents, loader: 'ts' }
      }),
  })
}

const SOURCES = ['operator/**/*.ts', 'image/bundle.ts', 'package-lock.json']

async function programOf(name: string, ...plugins: readonly Plugin[]): Promise<Program> {
  const folder = join(CACHE, 'programs', name)
  const program = { file: join(folder, 'operator.js'), compileCache: join(folder, 'compiled') }
  if (await exists(program.file)) return program
  await mkdir(join(CACHE, 'programs'), { recursive: true })
  // Another process may be making the same: whoever is first gives it its name.
  const made = await mkdtemp(join(CACHE, 'programs/making-'))
  const { files } = await bundle(plugins)
  for (const { path, content } of files) await writeFile(join(made, basename(path)), content)
  await writeFile(join(made, 'package.json'), '{ "type": "module" }\n')
  try {
    await rename(made, folder)
  } catch (error) {
    await rm(made, { recursive: true })
    if (!(await exists(program.file))) throw error
  }
  return program
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
