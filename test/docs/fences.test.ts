import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Fence, type Part, partsOf } from './fence.ts'
import { LINKING, PAGES, ROOT, isDead, linksOf } from './page.ts'
import { REAL_CLUSTER_PAGES } from './real-cluster.ts'
import { COMMANDS, isManifest } from './step.ts'

/** Blocks that hold no commands and nothing to validate; code has a test of its own. */
const SHOWN: readonly string[] = ['json', 'text', 'mermaid', 'js']

const fences = PAGES.flatMap(({ path, text }) =>
  partsOf(text).flatMap(part => (isFence(part) ? [{ ...part, at: `${path}, line ${part.line}` }] : [])),
)

function isFence(part: Part): part is Fence {
  return part.kind === 'fence'
}

describe('blocks of the docs', () => {
  it('are commands that are run, or say why they are not, or something to look at', () => {
    const wrong = fences.filter(({ language, mark }) => {
      if (COMMANDS.includes(language)) return mark.kind === 'unknown' || mark.kind === 'values'
      if (language === 'yaml') return mark.kind === 'unknown' || mark.kind === 'real-cluster'
      return !SHOWN.includes(language) || mark.kind !== 'run'
    })
    expect(wrong.map(({ at, language, mark }) => `${at}: \`\`\`${language} (${mark.kind})`)).to.deep.equal([])
  })

  it('show commands as commands', () => {
    const hidden = fences.filter(({ language, text }) => SHOWN.includes(language) && /^\$ /m.test(text))
    expect(hidden.map(({ at }) => at)).to.deep.equal([])
    const silent = fences.filter(
      ({ language, mark, text }) => language === 'console' && mark.kind !== 'not-run' && !text.startsWith('$ '),
    )
    expect(silent.map(({ at }) => at)).to.deep.equal([])
  })

  it('are objects, where they are YAML and not values of the chart', () => {
    const wrong = fences.filter(
      ({ language, mark, text }) => language === 'yaml' && mark.kind === 'run' && !isManifest(text),
    )
    expect(wrong.map(({ at }) => at)).to.deep.equal([])
  })
})

describe('what only a cluster with pods can hold true', () => {
  it('is how it is installed, and what pods have logged', () => {
    expect([...REAL_CLUSTER_PAGES].sort()).to.deep.equal([
      'README.md',
      'charts/autonomy-rollouts/README.md',
      'docs/install.md',
      'docs/observability.md',
    ])
  })
})

describe('links of the docs', () => {
  it('lead to a file, and to a heading of it', () => {
    const exists = (path: string) => existsSync(join(ROOT, path))
    const dead = LINKING.flatMap(page =>
      linksOf(page)
        .filter(({ target }) => isDead(page, target, exists))
        .map(({ target, line }) => `${page.path}, line ${line}: ${target}`),
    )
    expect(dead).to.deep.equal([])
  })

  it('know a dead one', () => {
    const page = { path: 'docs/a.md', text: '# One heading, `coded`' }
    const exists = (path: string) => ['docs/a.md', 'README.md'].includes(path)
    expect(isDead(page, '#one-heading-coded', exists)).to.equal(false)
    expect(isDead(page, '../README.md', exists)).to.equal(false)
    expect(isDead(page, '#another', exists)).to.equal(true)
    expect(isDead(page, 'b.md', exists)).to.equal(true)
    expect(isDead(page, '../README.md#nowhere', exists)).to.equal(true)
  })

  it('lead from the contents, or those of a folder, to every page', () => {
    const contents = PAGES.filter(({ path }) => path.endsWith('README.md'))
    const linked = new Set(
      contents.flatMap(page => linksOf(page).map(({ target }) => join(page.path, '..', target.split('#')[0] ?? ''))),
    )
    const lost = PAGES.filter(({ path }) => path.startsWith('docs/') && !linked.has(path)).map(({ path }) => path)
    expect(lost.filter(path => path !== 'docs/README.md')).to.deep.equal([])
  })
})

describe('npm commands of the docs', () => {
  it('are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: object }
    const named = LINKING.flatMap(({ path, text }) =>
      [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => ({ path, script })),
    )
    expect(named.filter(({ script }) => !(script in scripts))).to.deep.equal([])
    expect(named.length).to.be.greaterThan(20)
  })
})
