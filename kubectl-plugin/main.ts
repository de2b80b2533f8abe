#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isSea } from 'node:sea'
import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline/promises'
import { systemClock } from '../operator/runtime/clock.ts'
import { UsageError } from './cli/invocation.ts'
import { screenOf } from './output/screen.ts'
import { runProgram } from './program.ts'

/** kubectl calls `kubectl-autonomy`; under any other name it is a program of its own. An executable knows argv0 alone. */
const called = basename(isSea() ? process.argv0 : (process.argv[1] ?? ''))
const program = called.startsWith('kubectl-') ? 'kubectl autonomy' : 'autonomy'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))

// Whoever reads has seen enough: `autonomy rollout history … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    lines.once('SIGINT', () => interrupted.abort(new Error('ended by Ctrl-C')))
    const closed = new Promise<string>(resolve => lines.once('close', () => resolve('')))
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal: interrupted.signal }), closed])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}

async function read(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

process.exitCode = await runProgram({
  program,
  args: process.argv.slice(2),
  env: process.env,
  screen: screenOf(process.stdout, process.env),
  print: text => process.stdout.write(text),
  say: text => process.stderr.write(text),
  attended: process.stdin.isTTY && process.stderr.isTTY,
  ask,
  read,
  streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  clock: systemClock(),
  signal: interrupted.signal,
})
