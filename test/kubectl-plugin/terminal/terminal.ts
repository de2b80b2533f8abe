import { spawn } from '@lydell/node-pty'
import { until } from '../../cluster/wait.ts'
import { KEYS, type Key } from './keys.ts'
import { type Modes, createScreen } from './screen.ts'
import { svgOf } from './svg.ts'

export type TerminalOptions = {
  readonly command: string
  readonly args?: readonly string[]
  /** Default 100 by 30. */
  readonly columns?: number
  readonly rows?: number
  /** Beside PATH, HOME, a UTF-8 locale and TERM; undefined takes one of these away. */
  readonly env?: { readonly [name: string]: string | undefined }
  readonly cwd?: string
}

/**
 * A program in a pseudo-terminal of its own, with somebody before it who presses keys and reads the screen.
 *
 * The program sees a real terminal: raw mode, window size, SIGWINCH, SIGHUP when it is disposed of.
 */
export type Terminal = AsyncDisposable & {
  readonly pid: number
  press(...keys: readonly Key[]): void
  /** Sends text as it is typed: one character after the other, each its own read for the program. */
  type(text: string): Promise<void>
  /** Sends bytes at once, as a paste into a terminal without bracketed paste does. */
  send(bytes: string): void
  resize(columns: number, rows: number): void
  kill(signal: NodeJS.Signals): void
  screen(): readonly string[]
  /** What has scrolled off the top too. */
  everything(): readonly string[]
  modes(): Modes
  /** The screen as a picture. */
  picture(title: string): string
  /** Every byte that was written so far. */
  output(): string
  /** Waits until the screen has it, and answers the screen. Rejects with the screen as it is when it does not come. */
  shows(what: string | RegExp, withinMs?: number): Promise<string>
  /** Waits until the screen has it no more. */
  hides(what: string | RegExp, withinMs?: number): Promise<string>
  /** Settles when the program has ended. */
  readonly ended: Promise<{ readonly code: number; readonly signal: number }>
}

const PATIENCE_MS = 10_000

export function openTerminal(options: TerminalOptions): Terminal {
  const { command, args = [], columns = 100, rows = 30, cwd = process.cwd() } = options
  const screen = createScreen(columns, rows)
  const { PATH, HOME } = process.env
  const env = Object.fromEntries(
    Object.entries({ PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...options.env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
  const pty = spawn(command, [...args], { cols: columns, rows, cwd, env, name: env['TERM'] ?? 'xterm-256color' })
  const { promise: ended, resolve } = Promise.withResolvers<{ code: number; signal: number }>()
  let [output, running] = ['', true]
  let written = Promise.resolve()
  pty.onData(data => {
    output += data
    written = written.then(async () => await screen.write(data))
  })
  pty.onExit(({ exitCode, signal = 0 }) => {
    running = false
    // What the program wrote last is read after its end is known.
    setImmediate(() => void written.then(() => resolve({ code: exitCode, signal })))
  })
  // A terminal answers questions about itself.
  screen.terminal.onData(answer => running && pty.write(answer))

  const waitFor = async (wanted: (text: string) => boolean, what: string, withinMs: number) => {
    try {
      await until(
        async () => {
          await written
          return wanted(screen.rows().join('\n'))
        },
        { what, withinMs, everyMs: 15 },
      )
    } catch (cause) {
      throw new Error(`${what} within ${withinMs} ms; the screen is\n${screen.rows().join('\n')}`, { cause })
    }
    return screen.rows().join('\n')
  }
  const has = (what: string | RegExp) => (text: string) =>
    typeof what === 'string' ? text.includes(what) : what.test(text)

  return {
    pid: pty.pid,
    press: (...keys) => keys.forEach(key => pty.write(KEYS[key])),
    type: async text => {
      for (const character of text) {
        pty.write(character)
        await new Promise(resolve => setTimeout(resolve, 3))
      }
    },
    send: bytes => pty.write(bytes),
    resize: (columns, rows) => {
      screen.resize(columns, rows)
      pty.resize(columns, rows)
    },
    kill: signal => pty.kill(signal),
    screen: () => screen.rows(),
    everything: () => screen.all(),
    modes: () => screen.modes(),
    picture: title => svgOf(screen.terminal, title),
    output: () => output,
    shows: async (what, withinMs = PATIENCE_MS) =>
      await waitFor(has(what), `the screen shows ${String(what)}`, withinMs),
    hides: async (what, withinMs = PATIENCE_MS) =>
      await waitFor(text => !has(what)(text), `the screen hides ${String(what)}`, withinMs),
    ended,
    [Symbol.asyncDispose]: async () => {
      if (!running) return
      pty.kill('SIGHUP')
      const stubborn = setTimeout(() => running && pty.kill('SIGKILL'), 3_000)
      await ended
      clearTimeout(stubborn)
    },
  }
}
