import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { refusedAs } from './address.ts'

/** The host has an address that may not be asked. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError'
  readonly code = 'address_refused'
}

/**
 * Looks names up for sockets, and lets none connect to an address that may not be asked.
 *
 * The socket connects to an address from this very answer, so what was checked is what is asked, however often a name
 * changes its mind. A name of which one address is refused is refused: it has no business there.
 *
 * Names are looked up by the system, search domains and all, on Node's few threads, which files and the API server's own
 * name share: two at a time at most.
 */
export function guardedLookup(loopback: boolean): LookupFunction {
  const waiting: (() => void)[] = []
  let free = 2

  const enter = (look: () => void): void => {
    if (free === 0) return void waiting.push(look)
    free -= 1
    look()
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  return (host, options, done) => {
    enter(() =>
      lookup(host, { all: true, family: familyOf(options.family) }, (error, addresses) => {
        leave()
        const refused = error ?? refusalOf(host, addresses, loopback)
        const [first] = addresses ?? []
        if (refused || !first) done(refused ?? new Error(`${host} has no address`), '')
        else if (options.all) done(null, addresses)
        else done(null, first.address, first.family)
      }),
    )
  }
}

function familyOf(family: number | string | undefined): 0 | 4 | 6 {
  if (family === 4 || family === 'IPv4') return 4
  return family === 6 || family === 'IPv6' ? 6 : 0
}

function refusalOf(host: string, addresses: readonly LookupAddress[], loopback: boolean): Error | null {
  for (const { address } of addresses) {
    const refusal = addressRefusal(host, address, loopback)
    if (refusal) return refusal
  }
  return null
}

/** Why the address may not be asked; undefined when it may. */
export function addressRefusal(host: string, address: string, loopback: boolean): AddressRefusedError | undefined {
  const refused = refusedAs(address, loopback)
  if (refused === undefined) return undefined
  const is = host === address ? '' : ` (${address})`
  return new AddressRefusedError(`${host}${is} is ${refused}, which no gate may ask`)
}
