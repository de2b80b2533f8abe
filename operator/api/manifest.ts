import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { definitions } from './crd.ts'

/** `crds/*.yaml` as text, by file name. Generated: `npm run crds` writes them, a test compares. */
export function manifests(): ReadonlyMap<string, string> {
  return new Map(
    definitions.map(definition => [
      `${definition.spec.names.plural}.yaml`,
      `# Generated from operator/api by \`npm run crds\`; do not edit.\n${dump(definition, { noRefs: true, lineWidth: 120 })}`,
    ]),
  )
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, '../../crds')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of manifests()) {
    writeFileSync(join(folder, name), text)
    process.stdout.write(`crds/${name}\n`)
  }
}
