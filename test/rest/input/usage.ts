import { readFileSync, readdirSync } from 'node:fs'

/** What a process of this machine holds: bytes of memory, and open files and sockets. */
export type Usage = { readonly rss: number; readonly handles: number }

const PAGE = 4_096

/** From /proc, so on Linux only. */
export function usageOf(pid: number): Usage {
  const [, resident = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
  return { rss: Number(resident) * PAGE, handles: readdirSync(`/proc/${pid}/fd`).length }
}
