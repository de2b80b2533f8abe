/**
 * Patterns of hosts: `prometheus.monitoring.svc`, `*.monitoring.svc` for what lies below, either with `:port` to allow
 * that port only.
 */
export type HostPatterns = readonly string[]

const PATTERN = /^(\*\.)?([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:\d{1,5})?$/

export function isHostPattern(text: string): boolean {
  return PATTERN.test(text)
}

/** Whether one of the patterns is about the host of an address. */
export function hostMatches(patterns: HostPatterns, address: URL): boolean {
  const host = address.hostname.replace(/\.$/, '')
  const port = address.port || (address.protocol === 'https:' ? '443' : '80')
  return patterns.some(pattern => {
    const [, wild, name, , only] = PATTERN.exec(pattern) ?? []
    if (name === undefined || (only !== undefined && only !== `:${port}`)) return false
    return wild === undefined ? host === name : host.endsWith(`.${name}`)
  })
}
