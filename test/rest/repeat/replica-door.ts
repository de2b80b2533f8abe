import { once } from 'node:events'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { Agent } from 'node:https'
import { type TLSSocket, connect } from 'node:tls'
import { until } from '../../cluster/wait.ts'
import { type Caller, caller } from '../door.ts'
import type { Ground, Replica } from '../ground.ts'

/**
 * One connection to the direct door that this very replica serves, made when this resolves: what is asked on it waits
 * while the replica is frozen, and breaks when it is killed.
 */
export async function doorTo(ground: Ground, replica: Replica, by: Caller): Promise<Caller> {
  const ca = await ground.ca()
  // The replicas share a port and the kernel deals connections out; one that has just started has no door yet.
  const dial = async () => {
    const socket = connect({ host: '127.0.0.1', port: ground.port, ca, servername: 'localhost' })
    socket.on('error', () => undefined)
    await once(socket, 'secureConnect')
    if (serves(replica.pid, ground.port, socket)) return socket
    socket.destroy()
    return undefined
  }
  const socket = await until(dial, { what: `${replica.name} serves a connection`, withinMs: 20_000, everyMs: 10 })
  return caller({ ...by, agent: Object.assign(new Agent({ maxSockets: 1 }), { createConnection: () => socket }) })
}

/** Whether the other end of a connection within this machine is a file of that process. */
function serves(pid: number, port: number, { localPort = 0 }: TLSSocket): boolean {
  const hex = (number: number) => number.toString(16).toUpperCase().padStart(4, '0')
  const wanted = new RegExp(`^ *\\d+: [0-9A-F]+:${hex(port)} [0-9A-F]+:${hex(localPort)} `)
  const row = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find(line => wanted.test(line))
  const inode = row?.trim().split(/\s+/)[9]
  return inode !== undefined && filesOf(pid).includes(`socket:[${inode}]`)
}

function filesOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).flatMap(name => {
    try {
      return [readlinkSync(`${folder}/${name}`)]
    } catch {
      // Closed since it was listed.
      return []
    }
  })
}
