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

const KUBE_CONFIG = join(ROOT, 'node_modules/@kubernetes/client-node/dist/config.js')
/** What KubeConfig makes API clients and undici's agents with; neither is made here. */
const UNUSED = ['Agent', 'ProxyAgent', 'createConfiguration', 'ServerConfiguration', 'setHeaderMiddleware']
  .map(name => `export const ${name} = undefined`)
  .join('\n')

/**
 * Of the Kubernetes client only KubeConfig is used: its thousand generated classes would be most of the time that a
 * program takes to start.
 */
export const kubeConfigAlone: Plugin = {
  name: 'kubeconfig-alone',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: KUBE_CONFIG }))
    onResolve({ filter: /^(undici|\.\/gen\/index\.js|\.\/middleware\.js)$/ }, ({ importer, path }) =>
      importer === KUBE_CONFIG ? { path, namespace: 'unused' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: UNUSED }))
  },
}

/** The operator tells undici's parser errors apart; the plugin makes its requests with Node's own client. */
const withoutUndici: Plugin = {
  name: 'without-undici',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: 'without-undici' }))
    onLoad({ filter: /.*/, namespace: 'without-undici' }, () => ({
      contents: 'export const errors = { HTTPParserError: class {} }',
    }))
  },
}

/** CommonJS packages in the bundle call require for Node's own modules. */
export const REQUIRE = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`

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
    plugins: [withoutDevtools, kubeConfigAlone, withoutUndici],
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
