import { BlockList, isIP } from 'node:net'

/**
 * Addresses that no plan may have the operator ask, whatever name they hide behind: the operator's own machine, and what
 * answers by virtue of where a request comes from. Private ranges are not among them: monitoring lives there.
 */
const REFUSED: readonly (readonly [what: string, ...ranges: readonly string[]])[] = [
  // Mapped, NAT64, 6to4, Teredo: some router or kernel would be sent to the IPv4 address within.
  ['an IPv4 address in disguise', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32'],
  ['loopback', '127.0.0.0/8', '::1/128'],
  // 0.0.0.0 reaches the machine itself on Linux; ::/96 has IPv4 addresses in it, too.
  ['unspecified', '0.0.0.0/8', '::/96'],
  ['link-local', '169.254.0.0/16', 'fe80::/10'],
  // Amazon over IPv6, Alibaba, Azure's wire server, Oracle; the others are at 169.254.169.254.
  ['a metadata service', 'fd00:ec2::254/128', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'],
  ['multicast or broadcast', '224.0.0.0/4', '255.255.255.255/32', 'ff00::/8'],
]

/** BlockList takes an IPv4 address for the IPv6 address that maps it, so the two are kept apart. */
const LISTS = REFUSED.map(([what, ...ranges]) => ({ what, ipv4: listOf(ranges, 4), ipv6: listOf(ranges, 6) }))

function listOf(ranges: readonly string[], family: 4 | 6): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net = '', prefix = '0'] = range.split('/')
    if (isIP(net) === family) list.addSubnet(net, Number(prefix), family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/**
 * What a numeric address is that may not be asked; undefined when it may.
 *
 * @param loopback whether the operator's own machine may be asked: on a developer's machine
 */
export function refusedAs(address: string, loopback: boolean): string | undefined {
  const plain = address.replace(/%.*$/, '')
  const family = isIP(plain)
  if (family === 0) return 'no address'
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const found = LISTS.find(lists => lists[type].check(plain, type))?.what
  return found === 'loopback' && loopback ? undefined : found
}
