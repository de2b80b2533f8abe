/** Whom a gate asks: an address, or a Service, which is beside the plan unless it says where. */
export type Provider = {
  readonly address?: string
  readonly service?: {
    readonly name: string
    readonly namespace?: string
    readonly port: number
    /** Default: https. */
    readonly scheme?: string
    /** Default: none. */
    readonly path?: string
  }
}

/** Undefined when it cannot be read. */
export function addressOf({ address, service }: Provider, planNamespace: string): URL | undefined {
  if (address !== undefined) return URL.canParse(address) ? new URL(address) : undefined
  if (!service) return undefined
  const { name, namespace = planNamespace, port, scheme = 'https', path = '' } = service
  return new URL(`${scheme}://${name}.${namespace}.svc:${port}${path}`)
}
