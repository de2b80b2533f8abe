/** Objects and arrays within each other. */
const DEEPEST = 16

/** What a body has that JSON.parse lets pass, or would follow too far: a sentence with the place. */
export type Flaw = string

/**
 * Tells how text nests too deep. To be asked before parsing, so that no nesting is ever followed further than this.
 */
export function depthFlaw(text: string): Flaw | undefined {
  let depth = 0
  let quoted = false
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]
    if (quoted) {
      if (char === '\\') index += 1
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') {
      depth += 1
      if (depth > DEEPEST) return `nests more than ${DEEPEST} levels deep, ${position(text, index)}`
    } else if (char === '}' || char === ']') depth -= 1
  }
  return undefined
}

/** Text, and what gives it its shape. In what has been parsed without error, nothing else needs to be told apart. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/gs

type Open = { readonly keys: Set<string> | undefined; value: boolean }

/**
 * Tells what two readers of the same JSON could understand differently: a key that is given twice, of which one reader
 * takes the first and another the last, and text that is not whole Unicode or has control characters. Tabs and line
 * breaks are none of those: reasons may have several lines.
 *
 * @param text that JSON.parse has taken
 */
export function ambiguity(text: string): Flaw | undefined {
  const open: Open[] = []
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const inner = open.at(-1)
    switch (token) {
      case '{':
      case '[':
        open.push({ keys: token === '{' ? new Set() : undefined, value: false })
        break
      case '}':
      case ']':
        open.pop()
        break
      case ':':
      case ',':
        if (inner) inner.value = token === ':'
        break
      default: {
        const word = JSON.parse(token) as string
        const at = position(text, index)
        if (!word.isWellFormed()) return `has half a surrogate pair, which is no character, ${at}`
        // eslint-disable-next-line no-control-regex
        if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(word)) return `has a control character, ${at}`
        if (!inner?.keys || inner.value) break
        if (inner.keys.has(word)) return `has the key ${token.slice(0, 100)} twice in one object, ${at}`
        inner.keys.add(word)
      }
    }
  }
  return undefined
}

/** As an editor counts it. */
export function position(text: string, index: number): string {
  const before = text.slice(0, index)
  return `line ${before.split('\n').length}, column ${before.length - before.lastIndexOf('\n')}`
}
