import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { clusterError, systemCode } from './error.ts'

/**
 * Below the range from which systems take the local ports of outgoing connections (32768 and up on
 * Linux, 49152 and up on macOS): a port found free here is not taken by chance before it is used.
 */
const RANGE = { from: 20_000, to: 30_000 } as const
const ATTEMPTS = 200

/** Finds that many different free TCP ports of 127.0.0.1. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  for (let attempt = 0; ports.size < count && attempt < ATTEMPTS + count; attempt++) {
    const port = randomInt(RANGE.from, RANGE.to)
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  if (ports.size < count)
    throw clusterError(
      'component_failed',
      `no ${count} free TCP ports between ${RANGE.from} and ${RANGE.to} on 127.0.0.1`,
    )
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return await new Promise((resolve, reject) => {
    server.once('error', error => {
      if (systemCode(error) === 'EADDRINUSE' || systemCode(error) === 'EACCES') resolve(false)
      else reject(error)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
