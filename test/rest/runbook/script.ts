/** A step of the runbook: a fresh stuck plan, or a command with what it is said to print. */
export type Step =
  | { readonly kind: 'stuck-plan' }
  | { readonly kind: 'command'; readonly command: string; readonly output: string; readonly line: number }

const STUCK = '<!-- a plan is stuck -->'

/** Reads the commands of a page: lines after `$ ` in blocks marked as `console`, each with the lines up to the next. */
export function readSteps(markdown: string): readonly Step[] {
  const steps: Step[] = []
  let inside = false
  let command: { text: string; line: number; output: string[] } | undefined
  const end = () => {
    if (command)
      steps.push({ kind: 'command', command: command.text, output: command.output.join('\n'), line: command.line })
    command = undefined
  }
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line === STUCK) steps.push({ kind: 'stuck-plan' })
    else if (line.startsWith('```')) {
      end()
      inside = line === '```console'
    } else if (inside && line.startsWith('$ ')) {
      end()
      command = { text: line.slice(2), line: index + 1, output: [] }
    } else if (command?.text.endsWith('\\') && command.output.length === 0) command.text += `\n${line}`
    else command?.output.push(line)
  }
  end()
  return steps
}

/** What differs from run to run, made equal: times, lengths of time in words, names made of a digest. */
export function masked(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/-[0-9a-f]{10}(?=")/g, '-DIGEST')
    .replaceAll(/for \d+ (second|minute|hour)s?/g, 'for LONG')
    .replaceAll(/\b\d+[dhms](\d+[hms])?\b/g, 'AGE')
    .trimEnd()
}

/** What a shell runs: `watch` would never end, so its command is run once. */
export function runnable(command: string): string {
  return /^watch -n \d+ '(.*)'$/s.exec(command)?.[1] ?? command
}

/** What was printed, cut where the page says `…` on a line of its own: any number of lines. */
export function cutAs(printed: string, page: string): string {
  const [lines, wanted] = [printed.split('\n'), page.split('\n')]
  const at = wanted.indexOf('…')
  if (at < 0) return printed
  const after = wanted.length - at - 1
  return [...lines.slice(0, at), '…', ...lines.slice(lines.length - after)].join('\n')
}

/** The same step under the plugin's other name. */
export function asPlugin(text: string): string {
  return text.replaceAll(/(?<=^|Try: )autonomy(?= rollout|:)/gm, 'kubectl autonomy')
}
