import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * The addresses of the cluster. They exist in a network namespace that has no link to any other: whatever is sent to
 * an address that is not among them ends there.
 */
export const NETWORK = {
  /** On the bridge that joins the nodes; the control plane listens there. */
  address: '10.99.0.1',
  services: '10.96.0.0/24',
  firstService: '10.96.0.1',
} as const

const BRIDGE = 'nodes0'

/** How one node is reached, and what its pods get. */
export type NodeAddress = { readonly address: string; readonly pods: string }

/** @param index counted from 1 */
export function nodeAddress(index: number): NodeAddress {
  return { address: `10.99.0.${10 + index}`, pods: `10.244.${index}.0/24` }
}

const run = promisify(execFile)

async function ip(...args: readonly string[]): Promise<void> {
  await run('ip', args, { timeout: 10_000 })
}

/** In the namespace of this process: loopback, and the bridge. */
export async function bridge(): Promise<void> {
  await ip('link', 'set', 'lo', 'up')
  await ip('link', 'add', BRIDGE, 'type', 'bridge')
  await ip('addr', 'add', `${NETWORK.address}/24`, 'dev', BRIDGE)
  await ip('link', 'set', BRIDGE, 'up')
}

/**
 * Joins the network namespace of a process to the bridge, with routes to the pods of all nodes.
 *
 * @param pid  of a process in that namespace
 * @param count of nodes in all
 */
export async function join(pid: number, index: number, count: number): Promise<void> {
  const link = `node${index}`
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${pid}`)
  await ip('link', 'set', link, 'master', BRIDGE, 'up')
  const own = nodeAddress(index)
  await ip('route', 'add', own.pods, 'via', own.address)
  const inside = async (...args: readonly string[]) =>
    await run('nsenter', [`--target=${pid}`, '--net', 'ip', ...args], { timeout: 10_000 })
  await inside('link', 'set', 'lo', 'up')
  await inside('addr', 'add', `${own.address}/24`, 'dev', 'eth0')
  await inside('link', 'set', 'eth0', 'up')
  for (let other = 1; other <= count; other += 1) {
    const { address, pods } = nodeAddress(other)
    if (other !== index) await inside('route', 'add', pods, 'via', address)
  }
}
