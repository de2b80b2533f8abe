import type { Values } from './invocation.ts'

/** Flags that say whom to ask, and as whom: repeated in every command that is suggested. */
const CARRIED = ['orchestrator-url', 'kubeconfig', 'context', 'namespace', 'as', 'as-group'] as const

/** A command that can be typed, with the flags that lead to the same orchestrator. */
export function commandLine(program: string, words: readonly string[], values: Values): string {
  const carried = CARRIED.flatMap(name => values.all(name).flatMap(value => [`--${name}`, value]))
  return [program, ...[...words, ...carried].map(quoted)].join(' ')
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  if (word === '…') return '"…"'
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
