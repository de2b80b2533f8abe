import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

/** For printf: ends synchronized output and bracketed paste, shows the cursor, resets styles. */
const RESTORE = String.raw`\033[?2026l\033[?2004l\033[?25h\033[0m`
/** Where no alternate screen was entered, leaving it would move the cursor. */
const LEAVE = String.raw`\033[?1049l`

/** Waits for a word or for the end of whoever would have said it. */
const SCRIPT = 'IFS= read -r word; [ "$word" = clean ] || { stty "$1" <&3; printf "$2" >&3; }'

/** Watches over the terminal until it is told that everything is clean. */
export type Guard = { readonly release: () => void }

/**
 * A process that puts the terminal right when this one is killed in a way that nobody can catch.
 *
 * It holds the reading end of a pipe and does nothing. When we end without a word the pipe ends too, and it restores
 * the settings that the terminal had. It is in a session of its own, so that neither a hang-up nor a signal to our
 * group ends it, and so that it may set a terminal while another program has the foreground. Where there is no
 * `/bin/sh` or no `stty`, the view goes without.
 */
export function startGuard({ fd }: { readonly fd: number }, alternateScreen: boolean): Guard {
  const saved = spawnSync('stty', ['-g'], { stdio: [fd, 'pipe', 'ignore'], encoding: 'utf8' })
  if (saved.status !== 0) return { release: () => {} }
  const restore = alternateScreen ? LEAVE + RESTORE : RESTORE
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'autonomy-terminal-guard', saved.stdout.trim(), restore], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', fd],
    env: { PATH: process.env['PATH'] },
  })
  child.on('error', () => {})
  child.stdin?.on('error', () => {})
  child.unref()
  ;(child.stdin as (ChildProcess['stdin'] & { unref?: () => void }) | null)?.unref?.()
  return { release: () => child.stdin?.end('clean\n') }
}
