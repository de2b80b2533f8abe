import { readFile, readdir } from 'node:fs/promises'

/** What the kernel says of a process. */
export type PodProcess = {
  readonly pid: number
  readonly user: string
  /** Effective capabilities, as a bit mask in hexadecimal. */
  readonly capabilities: string
  readonly noNewPrivileges: boolean
  /** Filtered by seccomp. */
  readonly filtered: boolean
  readonly residentMegabytes: number
}

/** The process in a pod whose command line has that word, as this machine sees it; undefined when there is none. */
export async function podProcess(podUid: string, word: string): Promise<PodProcess | undefined> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // A process may end while it is looked at.
    const read = async (file: string) => await readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')
    if (!(await read('cgroup')).includes(podUid) || !(await read('cmdline')).includes(word)) continue
    const status = await read('status')
    const field = (key: string) => new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? ''
    return {
      pid: Number(name),
      user: field('Uid'),
      capabilities: field('CapEff'),
      noNewPrivileges: field('NoNewPrivs') === '1',
      filtered: field('Seccomp') === '2',
      residentMegabytes: Math.round(Number(field('VmRSS')) / 1024),
    }
  }
  return undefined
}
