import xterm from '@xterm/headless'

/** A terminal's memory: what a person would see after everything that was written to it. */
export type Screen = {
  write(data: string): Promise<void>
  resize(columns: number, rows: number): void
  /** The visible rows, without spaces at their ends. */
  rows(): readonly string[]
  /** Everything, the rows that have scrolled off the top included. */
  all(): readonly string[]
  modes(): Modes
  readonly terminal: xterm.Terminal
}

/** What a program may leave switched on. */
export type Modes = {
  readonly alternateScreen: boolean
  readonly bracketedPaste: boolean
  readonly cursorHidden: boolean
  readonly mouse: boolean
}

export function createScreen(columns: number, rows: number): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 5_000, allowProposedApi: true })
  let cursorHidden = false
  // xterm keeps this to itself; every other mode it tells.
  const follow = (hidden: boolean) => (parameters: readonly (number | number[])[]) => {
    if (parameters.includes(25)) cursorHidden = hidden
    return false
  }
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, follow(true))
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, follow(false))
  const read = (from: number, to: number) =>
    Array.from(
      { length: Math.max(0, to - from) },
      (_, index) => terminal.buffer.active.getLine(from + index)?.translateToString(true) ?? '',
    )
  return {
    terminal,
    write: async data => {
      const { promise, resolve } = Promise.withResolvers<void>()
      terminal.write(data, resolve)
      await promise
    },
    resize: (columns, rows) => terminal.resize(columns, rows),
    rows: () => read(terminal.buffer.active.viewportY, terminal.buffer.active.viewportY + terminal.rows),
    all: () => read(0, terminal.buffer.active.length),
    modes: () => ({
      alternateScreen: terminal.buffer.active.type === 'alternate',
      bracketedPaste: terminal.modes.bracketedPasteMode,
      cursorHidden,
      mouse: terminal.modes.mouseTrackingMode !== 'none',
    }),
  }
}
