/** Markdown, as far as generated pages need it. */

/** Text in a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}

export function code(text: string): string {
  return `\`${text}\``
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function page(title: string, ...parts: readonly string[]): string {
  return [`# ${title}`, GENERATED, ...parts].join('\n\n')
}

const GENERATED = '<!-- Generated from the schemas by `npm run reference`; do not edit. -->'
