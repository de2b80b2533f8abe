import { UsageError } from '../cli/invocation.ts'
import { isRecord } from '../../operator/kube/refusal.ts'

/**
 * kubectl's JSONPath (https://kubernetes.io/docs/reference/kubectl/jsonpath/): text with `{…}` in it; in the braces a path,
 * a quoted text, or `range` … `end`. In a path: fields, `['quoted']`, `\.` for a dot in a name, `*`, `..`, indices, unions,
 * slices with a step, and filters `?(@.a.b == "x")` with == != < <= > >=, or for presence alone.
 * Several results are printed with blanks between; what is not there prints nothing.
 *
 * @throws UsageError that says where the template cannot be read
 */
export function jsonpath(template: string, root: unknown): string {
  const nodes = read(template)
  return render(nodes, root, root)
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'range'; readonly path: Path; readonly body: readonly Node[] }

type Path = { readonly from: 'root' | 'current'; readonly steps: readonly Step[] }

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'descend' }
  | { readonly kind: 'index'; readonly at: readonly number[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step: number }
  | { readonly kind: 'union'; readonly names: readonly string[] }
  | { readonly kind: 'filter'; readonly test: (item: unknown, root: unknown) => boolean }

function render(nodes: readonly Node[], root: unknown, current: unknown): string {
  return nodes
    .map(node => {
      switch (node.kind) {
        case 'text':
          return node.text
        case 'path':
          return select(node.path, root, current).map(textOf).join(' ')
        case 'range':
          return select(node.path, root, current)
            .map(item => render(node.body, root, item))
            .join('')
      }
    })
    .join('')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function select({ from, steps }: Path, root: unknown, current: unknown): readonly unknown[] {
  let found: readonly unknown[] = [from === 'root' ? root : current]
  for (const step of steps)
    found = alternatives(step).flatMap(one => found.flatMap(value => stepInto(one, value, root)))
  return found
}

/** A union is all of its first name, then all of its second, as kubectl evaluates it. */
function alternatives(step: Step): readonly Step[] {
  if (step.kind === 'union') return step.names.map(name => ({ kind: 'field', name }))
  return step.kind === 'index' ? step.at.map(at => ({ kind: 'index', at: [at] })) : [step]
}

function stepInto(step: Step, value: unknown, root: unknown): readonly unknown[] {
  switch (step.kind) {
    case 'field':
      return fieldOf(value, step.name)
    case 'union':
      return step.names.flatMap(name => fieldOf(value, name))
    case 'all':
      return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []
    case 'descend':
      return [value, ...childrenOf(value).flatMap(child => stepInto(step, child, root))]
    case 'index':
      return Array.isArray(value) ? step.at.flatMap(at => (value.at(at) === undefined ? [] : [value.at(at)])) : []
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to).filter((_, index) => index % step.step === 0) : []
    case 'filter':
      return Array.isArray(value) ? value.filter(item => step.test(item, root)) : []
  }
}

function fieldOf(value: unknown, name: string): readonly unknown[] {
  return isRecord(value) && Object.hasOwn(value, name) ? [value[name]] : []
}

function childrenOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []
}

/** Reads a template from left to right. */
function read(template: string): readonly Node[] {
  const open: { readonly path: Path; readonly body: Node[] }[] = []
  const top: Node[] = []
  const put = (node: Node) => (open.at(-1)?.body ?? top).push(node)
  let at = 0
  while (at < template.length) {
    const brace = template.indexOf('{', at)
    const text = template.slice(at, brace < 0 ? template.length : brace)
    if (text !== '') put({ kind: 'text', text })
    if (brace < 0) break
    const end = closing(template, brace)
    const inside = template.slice(brace + 1, end).trim()
    if (inside.startsWith('range ')) open.push({ path: readPath(inside.slice(6).trim()), body: [] })
    else if (inside === 'end') {
      const range = open.pop()
      if (range === undefined) throw unreadable(template, '{end} has no {range …} before it')
      put({ kind: 'range', ...range })
    } else if (/^["']/.test(inside)) put({ kind: 'text', text: readQuoted(inside) })
    else put({ kind: 'path', path: readPath(inside) })
    at = end + 1
  }
  if (open.length > 0) throw unreadable(template, 'a {range …} has no {end}')
  return top
}

/** Where the brace that opens at `from` is closed; braces in quotes do not count. */
function closing(template: string, from: number): number {
  let quote = ''
  for (let at = from + 1; at < template.length; at += 1) {
    const character = template[at]!
    if (quote !== '') {
      if (character === '\\') at += 1
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '}') return at
  }
  throw unreadable(template, 'a { has no }')
}

function readQuoted(text: string): string {
  const quote = text[0]!
  if (text.length < 2 || text.at(-1) !== quote) throw unreadable(text, `a ${quote} has no partner`)
  const escapes: { readonly [letter: string]: string } = { n: '\n', t: '\t', r: '\r' }
  return text.slice(1, -1).replaceAll(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter)
}

const FIELD = /^(?:\\.|[^.[\]\s\\()=<>!])+/
const OPERATOR = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s

function readPath(text: string): Path {
  const start = /^[$@]/.exec(text)?.[0] ?? ''
  const steps: Step[] = []
  let rest = text.slice(start.length)
  while (rest !== '') {
    if (rest.startsWith('..')) {
      steps.push({ kind: 'descend' })
      rest = rest[2] === '[' ? rest.slice(2) : rest.slice(1)
    } else if (rest.startsWith('.*')) {
      steps.push({ kind: 'all' })
      rest = rest.slice(2)
    } else if (rest.startsWith('[')) {
      const end = bracket(rest, text)
      steps.push(readBracket(rest.slice(1, end).trim(), text))
      rest = rest.slice(end + 1)
    } else if (rest === '.') rest = ''
    else {
      const dot = rest.startsWith('.') ? 1 : 0
      const name = FIELD.exec(rest.slice(dot))?.[0]
      if (name === undefined || (dot === 0 && steps.length > 0))
        throw unreadable(text, `"${rest}" is no field, [index] or filter`)
      steps.push({ kind: 'field', name: name.replaceAll(/\\(.)/g, '$1') })
      rest = rest.slice(dot + name.length)
    }
  }
  // `$` and a bare path begin at the object in hand, which in a range is the item, but for `$`.
  return { from: start === '$' ? 'root' : 'current', steps }
}

function bracket(rest: string, whole: string): number {
  let depth = 0
  let quote = ''
  for (let at = 0; at < rest.length; at += 1) {
    const character = rest[at]!
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '[') depth += 1
    else if (character === ']' && (depth -= 1) === 0) return at
  }
  throw unreadable(whole, 'a [ has no ]')
}

function readBracket(inside: string, whole: string): Step {
  if (inside === '*') return { kind: 'all' }
  if (inside.startsWith('?(') && inside.endsWith(')')) return readFilter(inside.slice(2, -1).trim())
  if (/^["']/.test(inside)) {
    const names = inside.split(/,\s*(?=["'])/).map(name => readQuoted(name.trim()))
    return names.length === 1 ? { kind: 'field', name: names[0]! } : { kind: 'union', names }
  }
  const slice = /^(-?\d*):(-?\d*)(?::(\d+))?$/.exec(inside)
  if (slice) {
    const [, from = '', to = '', step = '1'] = slice
    return {
      kind: 'slice',
      ...(from === '' ? {} : { from: Number(from) }),
      ...(to === '' ? {} : { to: Number(to) }),
      step: Math.max(1, Number(step)),
    }
  }
  if (/^-?\d+(\s*,\s*-?\d+)*$/.test(inside)) return { kind: 'index', at: inside.split(',').map(Number) }
  throw unreadable(whole, `[${inside}] is no index, slice, name or filter`)
}

function readFilter(inside: string): Step {
  const parts = OPERATOR.exec(inside)
  if (parts === null) {
    const path = readPath(inside)
    return { kind: 'filter', test: (item, root) => select(path, root, item).length > 0 }
  }
  const [, left = '', operator = '', right = ''] = parts
  const [a, b] = [readOperand(left.trim()), readOperand(right.trim())]
  return {
    kind: 'filter',
    test: (item, root) => {
      const [x, y] = [a(item, root), b(item, root)]
      return x.length > 0 && y.length > 0 && compare(x[0], operator, y[0])
    },
  }
}

type Operand = (item: unknown, root: unknown) => readonly unknown[]

function readOperand(text: string): Operand {
  if (/^["']/.test(text)) {
    const value = readQuoted(text)
    return () => [value]
  }
  if (/^-?\d+(\.\d+)?$/.test(text)) return () => [Number(text)]
  if (text === 'true' || text === 'false') return () => [text === 'true']
  const path = readPath(text)
  return (item, root) => select(path, root, item)
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  switch (operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
  }
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false
  const [x, y] = [a, b as typeof a]
  if (operator === '<') return x < y
  if (operator === '<=') return x <= y
  return operator === '>' ? x > y : x >= y
}

function unreadable(template: string, why: string): UsageError {
  return new UsageError(`the JSONPath ${template} cannot be read: ${why}`)
}
