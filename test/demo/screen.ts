/** What the demo shows: sections, what a person would type, and what comes back. */
export type Screen = {
  act(title: string): void
  say(text: string): void
  /** A command as a person would type it, and its output, cut to a length worth reading. */
  command(line: string, output: string, most?: number): void
}

/** @param colour escape codes; off for pipes and NO_COLOR */
export function createScreen(out: NodeJS.WritableStream, colour: boolean): Screen {
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const write = (text: string) => void out.write(`${text}\n`)
  return {
    act: title => write(`\n${paint('1', `== ${title}`)}`),
    say: text => write(paint('2', `   ${text}`)),
    command(line, output, most = 14) {
      write(paint('36', `$ ${line}`))
      const lines = output.trimEnd().split('\n')
      for (const text of lines.slice(0, most)) write(text)
      if (lines.length > most) write(paint('2', `… ${lines.length - most} more lines`))
    },
  }
}
