import { elapsed } from './wait.ts'

/** Where progress goes: a terminal gets one line that changes, anything else a line now and then. */
export interface ProgressSink {
  readonly isTTY: boolean
  write(text: string): void
}

export interface Progress {
  /** Says what is under way; repeated calls replace each other on a terminal. */
  update(text: string): void
  /** Ends the changing line with a text that stays. */
  done(text: string): void
  close(): void
}

/** Between two lines when there is no terminal, in milliseconds: a job log stays short, yet shows life. */
export const LINE_EVERY_MS = 15_000

/**
 * Shows one piece of work after the other, each with its elapsed time.
 *
 * Time passes on the display even when nothing is reported: the last text is shown again, so a
 * silent minute of the linker does not look like a hang.
 */
export function showProgress(sink: ProgressSink, now: () => number = elapsed): Progress {
  let began = now()
  let text = ''
  let shownAt = -Infinity
  const seconds = () => Math.round((now() - began) / 1000)
  const show = () => {
    if (text === '') return
    if (sink.isTTY) sink.write(`\r\u001b[K${text}, ${seconds()} s`)
    else if (now() - shownAt >= LINE_EVERY_MS) {
      sink.write(`${text}, ${seconds()} s\n`)
      shownAt = now()
    }
  }
  const timer = setInterval(show, 1000)
  timer.unref()
  return {
    update(next) {
      text = next
      show()
    },
    done(last) {
      sink.write(sink.isTTY ? `\r\u001b[K${last}, ${seconds()} s\n` : `${last}, ${seconds()} s\n`)
      text = ''
      began = now()
      shownAt = -Infinity
    },
    close() {
      clearInterval(timer)
      if (sink.isTTY && text !== '') sink.write('\r\u001b[K')
    },
  }
}
