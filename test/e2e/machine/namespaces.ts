/** Flags of `unshare` for a machine within the machine: what runs there is gone when its first process is. */
export const NAMESPACES = [
  '--net',
  '--mount',
  '--pid',
  '--ipc',
  '--uts',
  '--fork',
  '--kill-child',
  '--mount-proc',
] as const

/** Runs a command as a child of the namespaces' first process, which reaps what others leave behind. */
export function inNamespaces(setUp: string, args: readonly string[], command: readonly string[]): readonly string[] {
  return ['unshare', ...NAMESPACES, 'sh', '-c', `set -e\n${setUp}\nset +e\n"$@"\nexit $?`, 'sh', ...args, ...command]
}
