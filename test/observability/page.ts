import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/observability.md'), 'utf8')

/** The scrape configuration that docs/observability.md gives for a plain Prometheus. */
export function scrapeOfPage(): Scrape {
  const [, text = ''] = /```yaml[^\n]*\n(scrape_configs:[^`]*)```/.exec(PAGE) ?? []
  const [scrape] = (load(text) as { readonly scrape_configs: readonly Scrape[] }).scrape_configs
  return scrape!
}

export type Scrape = {
  readonly job_name: string
  readonly authorization: { readonly credentials_file: string }
  readonly tls_config: { readonly ca_file: string; readonly server_name: string }
  readonly kubernetes_sd_configs: readonly object[]
  readonly relabel_configs: readonly object[]
}

/** Rows of the page's table of metrics, `name type label,label` each. */
export function metricsOfPage(): readonly string[] {
  const [, table = ''] = /\n## Metrics\n([^]*?)\n## /.exec(PAGE) ?? []
  const rows = table.split('\n').filter(line => line.startsWith('| `'))
  return rows.map(row => {
    const [, name = '', type = '', labels = ''] = row.split('|').map(cell => cell.trim().replaceAll('`', ''))
    return `${name} ${type} ${labels.replaceAll(' ', '')}`.trim()
  })
}

/** The alerts of the page's table, with their severities. */
export function alertsOfPage(): readonly string[] {
  return [...PAGE.matchAll(/^\| `(Autonomy\w+)` +\| (\w+)/gm)].map(([, alert, severity]) => `${alert} ${severity}`)
}
