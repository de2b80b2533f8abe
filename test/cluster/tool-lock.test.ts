import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemCode } from './error.ts'
import { startOf, withLock } from './tool-lock.ts'
import { until } from './wait.ts'

describe('the lock of the tools folder', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tool-lock-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  const nothing = async () => undefined

  it('lets one at a time work', async () => {
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise(resolve => setImmediate(resolve))
      inside--
    }
    const ran = await Promise.all(Array.from({ length: 8 }, () => withLock(folder, work, { everyMs: 1 })))
    expect({ most, ran: ran.filter(Boolean).length }).to.deep.equal({ most: 1, ran: 8 })
  })

  it('is free again after work that failed', async () => {
    const failing = withLock(folder, () => Promise.reject(new Error('no')))
    expect(await failing.catch((error: unknown) => String(error))).to.equal('Error: no')
    expect(await withLock(folder, nothing, { withinMs: 0 })).to.equal(true)
  })

  it('of a killed process is taken over at once', async () => {
    const holder = await killedHolder(folder)
    const looks: number[] = []
    const waiting = async (pid: number) => {
      looks.push(pid)
      return false
    }
    expect(await withLock(folder, nothing, { withinMs: 0, waiting })).to.equal(true)
    expect(looks, `process ${holder} is dead: nobody to wait for`).to.deep.equal([])
  })

  it('of a killed process is taken over by one successor only', async () => {
    await killedHolder(folder)
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise(resolve => setImmediate(resolve))
      inside--
    }
    await Promise.all(Array.from({ length: 8 }, () => withLock(folder, work, { everyMs: 1 })))
    expect(most).to.equal(1)
  })

  it('of a dead process is taken over although its process id is in use again', async () => {
    const owner = { pid: process.pid, started: 'at another time', host: hostname(), released: false }
    await writeFile(join(folder, 'lock.7'), JSON.stringify(owner))
    expect(await withLock(folder, nothing, { withinMs: 0 })).to.equal(true)
    expect(await readdir(folder)).to.deep.equal(['lock.8'])
  })

  it('of a living process is waited for, with a bound', async () => {
    await holdAs(folder, process.pid)
    const looks: number[] = []
    const waiting = async (pid: number) => {
      looks.push(pid)
      return false
    }
    const refused = await withLock(folder, nothing, { withinMs: 20, everyMs: 5, waiting }).catch(systemCode)
    expect(refused).to.equal('tool_lock_timeout')
    expect(new Set(looks)).to.deep.equal(new Set([process.pid]))
  })

  it('is no longer waited for when the holder did what was wanted', async () => {
    await holdAs(folder, process.pid)
    let worked = false
    const work = async () => {
      worked = true
    }
    expect(await withLock(folder, work, { waiting: async () => true })).to.equal(false)
    expect(worked).to.equal(false)
  })

  it('gives up waiting when it is aborted', async () => {
    await holdAs(folder, process.pid)
    const abort = new AbortController()
    const waiting = async () => {
      abort.abort(new Error('enough'))
      return false
    }
    const outcome = withLock(folder, nothing, { signal: abort.signal, waiting })
    expect(await outcome.catch((error: unknown) => String(error))).to.equal('Error: enough')
  })
})

async function holdAs(folder: string, pid: number): Promise<void> {
  const owner = { pid, started: await startOf(pid), host: hostname(), released: false }
  await writeFile(join(folder, 'lock.1'), JSON.stringify(owner))
}

/** Another process takes the lock and is killed while it holds it. */
async function killedHolder(folder: string): Promise<number> {
  const lock = join(import.meta.dirname, 'tool-lock.ts')
  const script = `import { withLock } from ${JSON.stringify(lock)}
    await withLock(${JSON.stringify(folder)}, () => new Promise(() => setInterval(() => 0, 1000)))`
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], { stdio: 'ignore' })
  const exited = once(holder, 'exit')
  const held = async () => (await readdir(folder)).includes('lock.1')
  await until(held, { what: 'the other process holds the lock', withinMs: 8000 })
  holder.kill('SIGKILL')
  await exited
  return holder.pid ?? 0
}
