import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Metafile, type Plugin, build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')

/** ink asks for it only when DEV=true is set, and it is not installed. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'none', namespace: 'without-devtools' }))
    onLoad({ filter: /.*/, namespace: 'without-devtools' }, () => ({ contents: 'export default {}' }))
  },
}

/** CommonJS packages in the bundle call require for Node's own modules. */
const REQUIRE = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`

/** Writes the whole program as one file that Node runs; returns what is in it. */
export async function bundle(file: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'kubectl-plugin/main.ts')],
    absWorkingDir: ROOT,
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    keepNames: true,
    metafile: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: REQUIRE },
    plugins: [withoutDevtools],
    logLevel: 'warning',
    // From the sources, the view says itself that React is not being developed here.
    logOverride: { 'assign-to-define': 'silent' },
  })
  return metafile
}

/** Names and folders of the packages of others that are in a bundle. */
export function packagesIn({ inputs }: Metafile): readonly { readonly name: string; readonly folder: string }[] {
  const folders = Object.keys(inputs).flatMap(path => {
    const found = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path)
    return found === null ? [] : [[found[1]!, found[2]!] as const]
  })
  return [...new Map(folders)]
    .map(([folder, name]) => ({ name, folder: join(ROOT, folder) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function versionIn(folder: string): { readonly version: string; readonly license: string } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly version: string
    readonly license: string
  }
}
