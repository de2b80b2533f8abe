import type { Registry } from 'prom-client'

/** The samples of a metric, `name{labels} value` each, with the name left out. */
export async function samplesOf(registry: Registry, name: string): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n')
  return lines.filter(line => new RegExp(`^${name}[{ ]`).test(line)).map(line => line.slice(name.length).trim())
}
