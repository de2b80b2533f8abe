import { readFileSync, writeFileSync } from 'node:fs'

/** The most memory that a process has had resident since it started, or since `forgetPeak`, in bytes. */
export function peakMemory(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (!line) throw new Error(`/proc/${pid}/status has no VmHWM`)
  return Number(line[1]) * 1024
}

/** Lets the peak begin anew (proc(5), clear_refs). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Seconds of a processor that a process has used, user and system (proc(5), fields 14 and 15 in hundredths). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
