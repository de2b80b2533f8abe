import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'

/** A shell that stays open for a whole page: variables, functions and background jobs last as they do for a reader. */
export type Shell = {
  /** Both outputs in one, as at a terminal. Rejects when the command does not end in time. */
  run(command: string): Promise<Ended>
  close(): Promise<void>
}

/** `code`: of the last of its commands that failed; 0 when none did. */
export type Ended = { readonly code: number; readonly printed: string }

const WITHIN_MS = 90_000

/** @param cwd where relative paths of the page begin */
export function openShell(cwd: string, env: { readonly [name: string]: string }): Shell {
  const child = spawn('bash', ['--noprofile', '--norc'], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
    // A group of its own, so that what the page left in the background ends with it.
    detached: true,
  })
  const ended = once(child, 'exit')
  // What a shell that has ended is told gets lost; `run` notices by itself.
  child.stdin.on('error', () => undefined)
  child.stdout.setEncoding('utf8')
  child.stdin.write('exec 2>&1; set -o pipefail; shopt -s expand_aliases\n')
  return {
    run: async command => await inShell(child, command),
    close: async () => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      child.stdin.end()
      await ended
    },
  }
}

async function inShell(child: ChildProcess, command: string): Promise<Ended> {
  const { stdin, stdout } = child
  if (!stdin || !stdout || child.exitCode !== null) throw new Error('the shell has ended')
  const end = `end-${randomUUID()}`
  const done = Promise.withResolvers<Ended>()
  let printed = ''
  const read = (chunk: string) => {
    printed += chunk
    const found = new RegExp(`${end} (\\d+)\\n`).exec(printed)
    if (found) done.resolve({ code: Number(found[1]), printed: printed.slice(0, found.index) })
  }
  const gone = () => done.reject(new Error(`the shell ended in: ${command}`))
  const late = setTimeout(() => {
    done.reject(new Error(`not done within ${WITHIN_MS / 1000} s: ${command}\n${printed}`))
  }, WITHIN_MS)
  stdout.on('data', read)
  child.once('exit', gone)
  try {
    stdin.write(`code=0; trap 'code=$?' ERR; { ${command}\n} < /dev/null; trap - ERR; printf '%s %d\\n' ${end} $code\n`)
    return await done.promise
  } finally {
    clearTimeout(late)
    stdout.off('data', read)
    child.off('exit', gone)
  }
}
