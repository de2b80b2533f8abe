/**
 * What a page says that can be held against a cluster: its fenced blocks, and between them the scenes that somebody who
 * reads it has before their eyes (`<!-- a plan is stuck -->`; set up by the test, invisible to readers).
 */
export type Part = Fence | { readonly kind: 'scene'; readonly name: string; readonly line: number }

export type Fence = {
  readonly kind: 'fence'
  /** The first word behind the opening fence. */
  readonly language: string
  readonly mark: Mark
  /** Of the opening fence, from 1. */
  readonly line: number
  readonly text: string
}

/** What becomes of a block, as the words behind its language say. */
export type Mark =
  | { readonly kind: 'run' }
  /** By the end-to-end tests, where pods are real. */
  | { readonly kind: 'real-cluster' }
  /** `yaml values`: values of the chart, not an object. */
  | { readonly kind: 'values' }
  | { readonly kind: 'not-run'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly words: string }

/** What ends with a full stop is a remark. */
const COMMENT = /^<!-- (.*[^.]) -->$/

export function partsOf(markdown: string): readonly Part[] {
  const parts: Part[] = []
  let open:
    { readonly fence: string; readonly info: string; readonly line: number; readonly text: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^ *(`{3,})(.*)$/.exec(line)
    if (open) {
      if (fence?.[1] === open.fence && fence[2] === '') {
        parts.push(fenceOf(open.info, open.line, open.text))
        open = undefined
      } else open.text.push(line)
    } else if (fence) open = { fence: fence[1] ?? '', info: fence[2] ?? '', line: index + 1, text: [] }
    else {
      const name = COMMENT.exec(line)?.[1]
      if (name !== undefined) parts.push({ kind: 'scene', name, line: index + 1 })
    }
  }
  return parts
}

function fenceOf(info: string, line: number, text: readonly string[]): Fence {
  const [language = '', ...words] = info.split(' ')
  return { kind: 'fence', language, mark: markOf(words.join(' ')), line, text: text.join('\n') }
}

function markOf(words: string): Mark {
  if (words === '') return { kind: 'run' }
  if (words === 'real-cluster' || words === 'values') return { kind: words }
  const reason = /^not-run: (.+)$/.exec(words)?.[1]
  return reason === undefined ? { kind: 'unknown', words } : { kind: 'not-run', reason }
}
