import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A page that users read, by its path from the root of the repository. */
export type Page = { readonly path: string; readonly text: string }

/** Every page whose commands are tried: the book, and what stands beside what it is about. */
export const PAGES: readonly Page[] = ['README.md', 'docs/**/*.md', 'charts/*/README.md', 'examples/README.md']
  .flatMap(pattern => globSync(pattern, { cwd: ROOT }).sort())
  .map(readPage)

/** Every page with links. */
export const LINKING: readonly Page[] = [
  ...PAGES,
  ...globSync('*.md', { cwd: ROOT, exclude: ['README.md'] }).map(readPage),
]

/** Takes the operator away, so whatever follows would find none. */
const LAST = 'docs/upgrade.md'

/** As they are tried: each as a reader who begins with it, but for the last. */
export const IN_ORDER: readonly Page[] = [
  ...PAGES.filter(({ path }) => path !== LAST),
  ...PAGES.filter(({ path }) => path === LAST),
]

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') }
}

export function pageOf(path: string): Page {
  const found = PAGES.find(page => page.path === path)
  if (found === undefined) throw new Error(`there is no page ${path}`)
  return found
}

export type Link = { readonly target: string; readonly line: number }

/** Links of a page, those in code left out. */
export function linksOf({ text }: Page): readonly Link[] {
  return proseOf(text).flatMap(({ line, words }) =>
    [...words.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ target, line })),
  )
}

/** Whether a link leads somewhere: a file of the repository, and within a page one of its headings. */
export function isDead(from: Page, target: string, exists: (path: string) => boolean): boolean {
  if (/^(https?|mailto):/.test(target)) return false
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? from.path : normalize(join(dirname(from.path), file))
  if (!exists(path)) return true
  if (anchor === undefined) return false
  return !path.endsWith('.md') || !anchorsOf(path === from.path ? from.text : readPage(path).text).includes(anchor)
}

/** Anchors that headings get where Markdown is shown. */
export function anchorsOf(text: string): readonly string[] {
  const seen = new Map<string, number>()
  return proseOf(text).flatMap(({ words }) => {
    const heading = /^#{1,6} (.*)$/.exec(words)?.[1]
    if (heading === undefined) return []
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return [times === 0 ? slug : `${slug}-${times}`]
  })
}

function proseOf(text: string): readonly { readonly line: number; readonly words: string }[] {
  let fenced = false
  return text.split('\n').flatMap((words, index) => {
    const fence = /^ *```/.test(words)
    if (fence) fenced = !fenced
    return fenced || fence
      ? []
      : [{ line: index + 1, words: words.startsWith('#') ? words : words.replaceAll(/`[^`]*`/g, '') }]
  })
}
