import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
import { removeCgroup } from './cgroup.ts'
import type { Command, Report } from './supervisor-protocol.ts'

/**
 * Runs the processes of one cluster and outlives their owner just long enough to kill them.
 *
 * Its only task is to be there: it ends everything when the channel to the owner closes, whatever
 * the reason, and removes the folder and the control group given as arguments.
 */
const [folder, cgroup] = process.argv.slice(2)
const children = new Map<number, ChildProcess>()

process.on('message', (command: Command) => {
  switch (command.kind) {
    case 'start':
      start(command)
      break
    case 'signal':
      children.get(command.id)?.kill(command.signal)
      report({ kind: 'signalled', id: command.id })
      break
    case 'close':
      end()
      break
  }
})
process.once('disconnect', end)
// The owner decides when the cluster ends; a terminal's ctrl-c or a session's hang-up does not.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.once('uncaughtException', end)

function start(command: Extract<Command, { kind: 'start' }>): void {
  const log = command.logFile === undefined ? undefined : openSync(command.logFile, 'a')
  const child = spawn(command.command, command.args, {
    // Nothing of the owner's environment reaches the control plane; programs write only below the folder.
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder },
    cwd: folder,
    stdio: ['ignore', log ?? 'inherit', log ?? 'inherit'],
    detached: true,
  })
  if (log !== undefined) closeSync(log)
  child.once('error', error => {
    if (child.pid === undefined) report({ kind: 'unstartable', id: command.id, reason: error.message })
  })
  const { pid } = child
  if (pid === undefined) return
  children.set(command.id, child)
  child.once('exit', (code, signal) => {
    children.delete(command.id)
    report({ kind: 'exited', id: command.id, code, signal })
  })
  report({ kind: 'started', id: command.id, pid })
}

function report(message: Report): void {
  // The owner may be gone already; then nobody wants to know.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined)
}

/** The data is temporary, so nothing has to shut down in order: kill all, wait for each, remove the folder. */
function end(): void {
  const exits = [...children.values()].map(child => new Promise(resolve => child.once('exit', resolve)))
  for (const child of children.values()) killGroup(child.pid)
  void Promise.all(exits).then(async () => {
    if (cgroup !== undefined) await removeCgroup(cgroup)
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    process.exit(0)
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself a moment ago.
  }
}
