import { basename, join } from 'node:path'
import { type Metafile, type Plugin, build } from 'esbuild'
import { REQUIRE, kubeConfigAlone } from '../kubectl-plugin/package/bundle.ts'
import { type File, file } from './entry.ts'

const ROOT = join(import.meta.dirname, '..')

export type Programs = { readonly files: readonly File[]; readonly metafile: Metafile }

/**
 * The operator and the check, one file each, with source maps: a stack trace in a log names the files of this repository.
 *
 * White space alone is left out. Shorter names would need helpers that keep the old ones, which cost more memory than
 * they save.
 *
 * @param plugins  asked before all others
 */
export async function bundle(plugins: readonly Plugin[] = []): Promise<Programs> {
  const { metafile, outputFiles } = await build({
    entryPoints: { operator: join(ROOT, 'operator/main.ts'), check: join(ROOT, 'operator/check/main.ts') },
    absWorkingDir: ROOT,
    // Nothing is written there. In the maps, sources are named as seen from /app: ../operator/main.ts.
    outdir: join(ROOT, 'app'),
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    plugins: [...plugins, kubeConfigAlone],
    logLevel: 'warning',
  })
  return {
    files: outputFiles.map(({ path, contents }) => file(`app/${basename(path)}`, Buffer.from(contents))),
    metafile,
  }
}
