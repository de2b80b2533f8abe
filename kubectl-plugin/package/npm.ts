import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RELEASE } from '../../operator/release.ts'

const ROOT = join(import.meta.dirname, '../..')

/** kubectl asks this program for completions of `kubectl autonomy` (kubectl 1.26 and newer). */
export const COMPLETER = '#!/bin/sh\nexec kubectl-autonomy __complete "$@"\n'

/**
 * Starts the program with V8's code cache, which halves its start. The cache is in the person's own folder: in a shared
 * one somebody else could put code there.
 */
const LAUNCHER = `#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
if (Number.parseInt(process.versions.node) < 24) {
  process.stderr.write(\`autonomy needs Node 24 or newer; this is \${process.versions.node}. The executables bring their own.\\n\`)
  process.exit(6)
}
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'autonomy'))
await import('./main.mjs')
`

const README = `# kubectl autonomy

Steers rollouts of fleets of Kubernetes nodes: says where they are, why they stand still, and gets them going again.

\`\`\`
kubectl autonomy --help
autonomy --help
\`\`\`
`

/** Lays the package out in `folder` and packs it into `target`; returns the name of the archive. */
export function packNpm(bundle: string, licenses: string, folder: string, target: string): string {
  mkdirSync(folder, { recursive: true })
  const manifest = {
    name: 'kubectl-autonomy',
    version: RELEASE,
    description: 'Steers rollouts of fleets of Kubernetes nodes, and gets them unstuck when they stop.',
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: '>=24' },
    keywords: ['kubectl', 'kubernetes', 'rollout', 'fleet'],
    bin: { autonomy: 'autonomy.mjs', 'kubectl-autonomy': 'autonomy.mjs', 'kubectl_complete-autonomy': 'complete.sh' },
    man: ['./autonomy.1', './kubectl-autonomy.1'],
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  writeFileSync(join(folder, 'README.md'), README)
  writeFileSync(join(folder, 'autonomy.mjs'), LAUNCHER)
  writeFileSync(join(folder, 'complete.sh'), COMPLETER)
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenses)
  writeFileSync(join(folder, 'kubectl-autonomy.1'), '.so man1/autonomy.1\n')
  for (const name of ['autonomy.mjs', 'complete.sh']) chmodSync(join(folder, name), 0o755)
  copyFileSync(bundle, join(folder, 'main.mjs'))
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(ROOT, 'kubectl-plugin/man/autonomy.1'), join(folder, 'autonomy.1'))
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', target], {
    cwd: folder,
    encoding: 'utf8',
  })
  return packed.trim().split('\n').at(-1) ?? ''
}
