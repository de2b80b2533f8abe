import { type Screen, type Style, paint, plain } from './screen.ts'

export type Cell = string | { readonly text: string; readonly style: Style | undefined }

export type Column = {
  /** Upper case, as in every kubectl table. */
  readonly title: string
  readonly align?: 'right'
}

const GAP = 3

/** Rows under their titles, as kubectl has them; on a narrow terminal the last column is cut rather than wrapped. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], screen: Screen): string {
  const texts = rows.map(row => columns.map((_, index) => textOf(row[index] ?? '')))
  const widths = columns.map(({ title }, index) =>
    texts.reduce((width, row) => Math.max(width, widthOf(row[index] ?? '')), title.length),
  )
  const line = (cells: readonly string[], style: (index: number) => Style | undefined) => {
    let used = 0
    const parts = cells.map((cell, index) => {
      const last = index === cells.length - 1
      const width = widths[index] ?? 0
      const room = last && screen.columns !== undefined ? Math.max(8, screen.columns - used) : Infinity
      const text = cut(cell, room)
      const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
      used += width + GAP
      const painted = paint(screen, style(index), text)
      if (columns[index]?.align === 'right') return `${blanks}${painted}`
      return last ? painted : `${painted}${blanks}`
    })
    return parts.join(' '.repeat(GAP)).trimEnd()
  }
  const titles = line(
    columns.map(({ title }) => title),
    () => 'bold',
  )
  const body = texts.map((cells, at) => line(cells, index => styleOf(rows[at]?.[index] ?? '')))
  return [titles, ...body].map(text => `${text}\n`).join('')
}

/** `Label:   value` lines, the values below each other. What is undefined is left out. */
export function fields(pairs: readonly (readonly [label: string, value: Cell | undefined])[], screen: Screen): string {
  const known = pairs.filter((pair): pair is readonly [string, Cell] => pair[1] !== undefined && textOf(pair[1]) !== '')
  const width = Math.max(...known.map(([label]) => label.length)) + 1
  return known
    .map(([label, value]) => {
      const indent = ' '.repeat(width + 2)
      const text = wrap(textOf(value), screen.columns, indent)
      return `${paint(screen, 'bold', `${label}:`.padEnd(width))}  ${paint(screen, styleOf(value), text)}\n`
    })
    .join('')
}

/** Breaks text at blanks, on a terminal; continued lines begin with `indent`. */
export function wrap(text: string, columns: number | undefined, indent: string): string {
  if (columns === undefined) return text
  const room = Math.max(20, columns - indent.length)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${indent}`)
}

function textOf(cell: Cell): string {
  return plain(typeof cell === 'string' ? cell : cell.text)
}

function styleOf(cell: Cell): Style | undefined {
  return typeof cell === 'string' ? undefined : cell.style
}

function cut(text: string, room: number): string {
  if (widthOf(text) <= room) return text
  return `${[...text].slice(0, Math.max(0, room - 1)).join('')}…`
}

function widthOf(text: string): number {
  return [...text].length
}
