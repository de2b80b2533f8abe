/** Words of PromQL that look like a metric's name. */
const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'offset'])
/** What follows these in parentheses are labels. */
const LABELS = /\b(?:by|without|on|ignoring|group_left|group_right) *\([^)]*\)/g

/** The metrics that an expression names; it must be one that Prometheus parses. */
export function metricsIn(promql: string): readonly string[] {
  const bare = promql
    .replaceAll(/\{(?:[^"}]|"[^"]*")*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(LABELS, ' ')
  const names = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?! *\(|\w)/g)].map(([name]) => name)
  return names.filter(name => !WORDS.has(name) && !/^\d/.test(name))
}
