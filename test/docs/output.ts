/** What differs from run to run, made equal: times, lengths of time in words, names made of a digest, widths of columns. */
export function masked(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replaceAll(/-[0-9a-f]{10}\b/g, '-DIGEST')
    .replaceAll(/for \d+ (second|minute|hour)s?/g, 'for LONG')
    .replaceAll(/\b\d+[dhms](\d+[hms])?\b/g, 'AGE')
    .replaceAll(/(?<=\S) {2,}/g, '  ')
    .replaceAll(/ +$/gm, '')
    .trimEnd()
}

/**
 * Whether a command printed what its page shows. `…` on a line of its own stands for any number of lines, within a line
 * for anything: pages cut what is of no use to a reader, and nothing else.
 */
export function isShown(printed: string, shown: string): boolean {
  const lines = masked(shown).split('\n')
  const pattern = lines.map(line => (line.trim() === '…' ? '(?:[^\\n]*\\n)*?' : `${inLine(line)}\\n`)).join('')
  return new RegExp(`^${pattern}$`).test(`${masked(printed)}\n`)
}

function inLine(line: string): string {
  return line
    .split('…')
    .map(words => words.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n]*')
}
