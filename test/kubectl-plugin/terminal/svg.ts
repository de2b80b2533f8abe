import type xterm from '@xterm/headless'

/** What a screen looks like, as a picture: each run of cells of one style is one piece of text, held to its width. */

const CELL = { width: 8.4, height: 18 } as const
const MARGIN = 16
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
const PAPER = '#0d1117'
const INK = '#e6edf3'
/** The first eight colours of a terminal, on that paper. */
const PALETTE = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4']

type Run = { readonly x: number; readonly cells: number; readonly text: string; readonly style: string }

export function svgOf({ cols, rows, buffer }: xterm.Terminal, title: string): string {
  const { active } = buffer
  const lines = Array.from({ length: rows }, (_, y) => runsOf(active.getLine(active.viewportY + y), cols))
  const width = cols * CELL.width + 2 * MARGIN
  const height = rows * CELL.height + 2 * MARGIN
  const text = lines.flatMap((runs, y) =>
    runs.map(({ x, cells, text, style }) => {
      const [left, base] = [MARGIN + x * CELL.width, MARGIN + y * CELL.height + 13.5]
      return `<text x="${fixed(left)}" y="${fixed(base)}" textLength="${fixed(cells * CELL.width)}" ${style}>${escaped(text)}</text>`
    }),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fixed(width)}" height="${fixed(height)}" viewBox="0 0 ${fixed(width)} ${fixed(height)}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    `<g font-family="${FONT}" font-size="14" fill="${INK}">`,
    ...text,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function runsOf(line: xterm.IBufferLine | undefined, cols: number): readonly Run[] {
  const runs: Run[] = []
  let run: Run | undefined
  const end = () => {
    if (run !== undefined) runs.push(run)
    run = undefined
  }
  for (let x = 0; x < cols; x += 1) {
    const cell = line?.getCell(x)
    if (cell === undefined || cell.getWidth() === 0) continue
    const [text, style] = [cell.getChars() || ' ', styleOf(cell)]
    // Renderers of SVG do not agree on what becomes of spaces, so none is left to them.
    if (text === ' ') end()
    if (text === ' ') continue
    if (run !== undefined && run.style !== style) end()
    run =
      run === undefined
        ? { x, cells: cell.getWidth(), text, style }
        : { ...run, cells: run.cells + cell.getWidth(), text: run.text + text }
  }
  end()
  return runs
}

function styleOf(cell: xterm.IBufferCell): string {
  const parts = [
    ...(cell.isFgPalette() ? [`fill="${PALETTE[cell.getFgColor() % 8] ?? INK}"`] : []),
    ...(cell.isBold() ? ['font-weight="bold"'] : []),
    ...(cell.isDim() ? ['opacity="0.6"'] : []),
  ]
  return parts.join(' ')
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
