import { elapsed } from '../cluster/wait.ts'
import { describe } from './error.ts'

/** What is claimed of the product, and whether it held. */
export type Ledger = {
  chapter(title: string): void
  /** Says something that is no claim. */
  note(text: string): void
  /** A command as a person would type it, and its output. */
  command(line: string, output: string, most?: number): void
  /**
   * Checks a claim and writes it down, with the time that took. What `check` answers is added in brackets.
   *
   * Rejects when the check does: later claims of a chapter stand on earlier ones.
   */
  fact(claim: string, check: () => Promise<string | void>): Promise<void>
  /** Writes down that a chapter ended early. */
  broken(chapter: string, error: unknown): void
  count(): { readonly held: number; readonly broken: number }
}

/** A claim did not hold. */
export class BrokenFact extends Error {
  override readonly name = 'BrokenFact'
}

/** @param colour escape codes; off for pipes and NO_COLOR */
export function createLedger(out: NodeJS.WritableStream, colour: boolean): Ledger {
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const write = (text: string) => void out.write(`${text}\n`)
  let [held, broken] = [0, 0]
  return {
    chapter: title => write(`\n${paint('1', `== ${title}`)}`),
    note: text => write(paint('2', `   ${text}`)),
    command(line, output, most = 14) {
      write(paint('36', `$ ${line}`))
      const lines = output.trimEnd().split('\n')
      for (const text of lines.slice(0, most)) write(text)
      if (lines.length > most) write(paint('2', `… ${lines.length - most} more lines`))
    },
    async fact(claim, check) {
      const began = elapsed()
      const took = () => `${((elapsed() - began) / 1000).toFixed(1)} s`
      try {
        const more = await check()
        held += 1
        write(`  ✓ ${claim}${more === undefined ? '' : ` (${more})`} ${paint('2', took())}`)
      } catch (error) {
        write(`  ✗ ${claim} ${took()}\n    ${describe(error)}`)
        throw new BrokenFact(claim, { cause: error })
      }
    },
    broken(chapter, error) {
      broken += 1
      if (!(error instanceof BrokenFact)) write(`  ✗ chapter ${chapter} cannot be told: ${describe(error)}`)
    },
    count: () => ({ held, broken }),
  }
}
