import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { expectSuccess } from './admin-client.ts'
import { startCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { isClusterError } from './error.ts'
import { startOf } from './tool-lock.ts'
import { until } from './wait.ts'

/** For one bring-up on a busy machine; the programs are built before. */
const BRING_UP_MS = 90_000

describe('a cluster', () => {
  let cluster: Cluster
  before(async function () {
    this.timeout(BRING_UP_MS)
    cluster = await startCluster({ auditLog: true })
  })
  after(async () => {
    await cluster.stop()
  })

  const kubectl = async (kubeconfig: string, ...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(cluster.kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout

  it('serves the pinned version of Kubernetes', async () => {
    const version = expectSuccess('reading the version', await cluster.request('GET', '/version'))
    expect(version).to.include({ major: '1', minor: '37', gitVersion: 'v1.37.2' })
  })

  it('knows a user by the kubeconfig made for them', async () => {
    const alice = await cluster.clientFor({ user: 'alice', groups: ['fleet-operators'] })
    const whoami = JSON.parse(await kubectl(alice, 'auth', 'whoami', '-o', 'json')) as {
      status: { userInfo: { username: string; groups: string[] } }
    }
    expect(whoami.status.userInfo.username).to.equal('alice')
    expect(whoami.status.userInfo.groups).to.have.members(['fleet-operators', 'system:authenticated'])
  })

  it('grants a user nothing that no rule grants', async () => {
    const alice = await cluster.clientFor({ user: 'alice', groups: ['fleet-operators'] })
    const refusal = await kubectl(alice, 'get', 'nodes').catch((error: unknown) => String(error))
    expect(refusal).to.contain('nodes is forbidden: User "alice"')
  })

  it('knows a service account by its token, and by the next one after a renewal', async () => {
    const account = { metadata: { name: 'operator' } }
    expectSuccess('creating', await cluster.request('POST', '/api/v1/namespaces/default/serviceaccounts', account))
    const access = await cluster.clientForServiceAccount({ namespace: 'default', name: 'operator' })
    const first = await access.token()
    await access.renew()
    expect(await access.token()).not.to.equal(first)
    const name = await kubectl(access.kubeconfig, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
    expect(name).to.equal('system:serviceaccount:default:operator')
  })

  it('writes down each request with who made it', async () => {
    const bob = await cluster.clientFor({ user: 'bob' })
    await kubectl(bob, 'get', '--raw', '/version')
    const log = cluster.apiServer.auditLog ?? ''
    const recorded = async () => (await readFile(log, 'utf8')).includes('"username":"bob"')
    await until(recorded, { what: "bob's request is in the audit log", withinMs: 5000 })
  })

  it('keeps its data and its address when the API server is killed and started again', async function () {
    this.timeout(BRING_UP_MS)
    const namespace = { metadata: { name: 'survives' } }
    expectSuccess('creating', await cluster.request('POST', '/api/v1/namespaces', namespace))
    await cluster.apiServer.stop()
    const refused: unknown = await cluster.request('GET', '/readyz').catch((error: unknown) => error)
    expect(isClusterError(refused) && refused.code).to.equal('request_failed')
    await cluster.apiServer.start()
    expect((await cluster.request('GET', '/api/v1/namespaces/survives')).status).to.equal(200)
  })

  it('hangs while the API server is paused and answers when it goes on', async () => {
    await cluster.apiServer.pause()
    const silent: unknown = await cluster.request('GET', '/readyz', undefined, { timeoutMs: 300 }).catch(e => e)
    expect(isClusterError(silent) && silent.code).to.equal('request_failed')
    await cluster.apiServer.resume()
    expect((await cluster.request('GET', '/readyz')).status).to.equal(200)
  })

  it('shows the same data through a second API server', async function () {
    this.timeout(BRING_UP_MS)
    const second = await cluster.addApiServer()
    expectSuccess('creating', await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'shared' } }))
    const admin = await cluster.clientFor({ user: 'admin', groups: ['system:masters'], server: second.server })
    expect(await kubectl(admin, 'get', 'namespace', 'shared', '-o', 'name')).to.equal('namespace/shared\n')
    await second.stop()
  })
})

describe('the end of a cluster', function () {
  this.timeout(BRING_UP_MS)

  it('by stop leaves no process and no file, beside another cluster that goes on', async () => {
    const [one, other] = await Promise.all([startCluster(), startCluster()])
    try {
      const started = await remains(one)
      await one.stop()
      await until(() => allGone(started), { what: 'every process is gone', withinMs: 5000 })
      expect(await exists(one.folder)).to.equal(false)
      expect((await other.request('GET', '/readyz')).status).to.equal(200)
      await one.stop()
    } finally {
      await other.stop()
    }
  })

  it('by SIGKILL of its owner leaves no process and no file', async () => {
    const owner = await ownerProcess()
    expect(await allGone(owner.processes), 'they run before').to.equal(false)
    owner.kill()
    await until(() => allGone(owner.processes), { what: 'every process is gone', withinMs: 10_000 })
    const removed = async () => !(await exists(owner.folder))
    await until(removed, { what: 'the folder is gone', withinMs: 5000 })
  })

  it('is reported, with the last words of the log, when a component dies', async () => {
    const cluster = await startCluster()
    try {
      const etcd = cluster.processes().find(({ name }) => name === 'etcd')
      process.kill(etcd?.pid ?? 0, 'SIGKILL')
      const reason = await cluster.broken
      expect(reason.code).to.equal('component_failed')
      expect(reason.message).to.contain('etcd ended by SIGKILL')
    } finally {
      await cluster.stop()
    }
  })

  it('comes at once when its start is given up', async () => {
    const inside = await mkdtemp(join(tmpdir(), 'given-up-'))
    const usual = process.env['TMPDIR']
    process.env['TMPDIR'] = inside
    try {
      const abort = new AbortController()
      const outcome = startCluster({ signal: abort.signal }).catch((error: unknown) => String(error))
      const begun = async () => (await readdir(inside, { recursive: true })).some(name => name.endsWith('etcd.log'))
      await until(begun, { what: 'etcd is starting', withinMs: 30_000 })
      abort.abort(new Error('enough'))
      expect(await outcome).to.equal('Error: enough')
      expect(await readdir(inside)).to.deep.equal([])
    } finally {
      if (usual === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = usual
      await rm(inside, { recursive: true })
    }
  })

  it('comes with the reason when a component does not start', async () => {
    const outcome: unknown = await startCluster({ apiServerFlags: ['--no-such-flag'] }).catch((error: unknown) => error)
    expect(isClusterError(outcome) && outcome.code).to.equal('component_failed')
    expect(String(outcome)).to.contain('unknown flag: --no-such-flag')
  })
})

interface KnownProcess {
  readonly pid: number
  readonly started: string
}

/** The cluster's processes, told apart from later ones with the same id. */
async function remains(cluster: Pick<Cluster, 'processes' | 'supervisorPid'>): Promise<readonly KnownProcess[]> {
  const pids = [cluster.supervisorPid, ...cluster.processes().map(({ pid }) => pid)]
  return await Promise.all(pids.map(async pid => ({ pid, started: await startOf(pid) })))
}

async function allGone(processes: readonly KnownProcess[]): Promise<boolean> {
  const now = await Promise.all(processes.map(async ({ pid, started }) => (await startOf(pid)) === started))
  return !now.includes(true)
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

/** Another process that starts a cluster, to be killed. */
async function ownerProcess() {
  const script = `import { startCluster } from ${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))}
    const { folder, supervisorPid, processes } = await startCluster()
    process.send({ folder, pids: [supervisorPid, ...processes().map(({ pid }) => pid)] })`
  const args = ['--input-type=module-typescript', '--eval', script]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [message] = (await once(child, 'message')) as [{ folder: string; pids: number[] }]
  const processes = await Promise.all(message.pids.map(async pid => ({ pid, started: await startOf(pid) })))
  return { folder: message.folder, processes, kill: () => child.kill('SIGKILL') }
}
