import { readFile, readdir } from 'node:fs/promises'
import { auditOf } from './audit.ts'
import { answersOk, logFileOf, startComponent, tail } from './component.ts'
import type { Ground } from './component.ts'
import { clusterError } from './error.ts'
import { FRONT_PROXY_USER } from './pki.ts'
import type { Pki, ServingFiles } from './pki.ts'
import type { Exit, Supervised } from './supervisor.ts'
import { pause, until } from './wait.ts'

export interface StopOptions {
  /** True lets it finish its requests (SIGTERM); default false, as in a crash. */
  readonly graceful?: boolean
}

export interface StartOptions {
  /** Appended to the flags given when the cluster was started. */
  readonly flags?: readonly string[]
}

/** One kube-apiserver, always on the same port and the same data. */
export interface ApiServer {
  readonly name: string
  /** `https://127.0.0.1:<port>`, or the address of the node network. */
  readonly server: string
  /** The file it writes audit events to, one JSON object a line; all of them with `auditLog`. */
  readonly auditLog: string | undefined
  pid(): number | undefined
  /** Freezes it: connections stay open and nobody answers. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Resolves when the process is gone; connections are refused from then on. Works when paused, too. */
  stop(options?: StopOptions): Promise<void>
  /** Starts it again and resolves when it is ready. */
  start(options?: StartOptions): Promise<void>
  restart(options?: StopOptions & StartOptions): Promise<void>
  log(lines?: number): Promise<string>
}

/** Where kubelets and their pods reach kube-apiserver, and how it speaks with kubelets. */
export interface NodeNetwork {
  /** An address of this machine that nodes reach. */
  readonly address: string
  /** The range of cluster IPs, and the first of it, which is that of Service `kubernetes`. */
  readonly services: string
  readonly firstService: string
}

export interface ApiServerSpec {
  readonly name: string
  readonly command: string
  readonly port: number
  readonly etcd: string
  readonly pki: Pki
  readonly serving: ServingFiles
  readonly auditLog: boolean
  readonly flags: readonly string[]
  /** Undefined: it serves on loopback. */
  readonly network: NodeNetwork | undefined
  /** Told about every end that nobody asked for. */
  readonly died: (name: string, exit: Exit) => void
}

/** How long a graceful stop may take before it is a kill, in milliseconds. */
const GRACE_MS = 30_000

/** Prepares a kube-apiserver; `start` runs it. */
export async function apiServer(ground: Ground, spec: ApiServerSpec): Promise<ApiServer> {
  const server = `https://${spec.network?.address ?? LOOPBACK}:${spec.port}`
  const audit = await auditOf(ground.folder, spec.name, spec.auditLog)
  const flags = [...baseFlags(spec), ...(await reachFlags(spec)), ...(audit?.flags ?? []), ...spec.flags]
  let running: Supervised | undefined
  let wanted = false

  const self: ApiServer = {
    name: spec.name,
    server,
    auditLog: audit?.file,
    pid: () => (running?.hasExited() === false ? running.pid : undefined),
    async pause() {
      const { pid, signal } = alive(running, spec.name)
      await signal('SIGSTOP')
      await until(() => frozen(pid), { what: `every thread of ${spec.name} stands still`, withinMs: 5_000, everyMs: 5 })
    },
    resume: async () => await alive(running, spec.name).signal('SIGCONT'),
    async stop(options = {}) {
      wanted = false
      const current = running
      running = undefined
      if (current === undefined || current.hasExited()) return
      if (options.graceful === true) await endGracefully(current)
      await current.signal('SIGKILL')
      await current.exited
    },
    async start(options = {}) {
      if (wanted) throw clusterError('bad_argument', `${spec.name} is running: stop it first`)
      wanted = true
      const args = [...flags, ...(options.flags ?? [])]
      const component = { name: spec.name, command: spec.command, args }
      try {
        running = await startComponent(ground, component, () => answersOk(`${server}/readyz`, spec.pki.caPem))
      } catch (error) {
        wanted = false
        throw error
      }
      const started = running
      void started.exited.then(exit => {
        if (wanted && running === started) spec.died(spec.name, exit)
      })
    },
    async restart(options = {}) {
      await self.stop(options)
      await self.start(options)
    },
    log: async lines => await tail(logFileOf(ground.folder, spec.name), lines),
  }
  return self
}

/** SIGSTOP is taken by a thread after the other; meanwhile a request may still be answered. Elsewhere than on Linux nobody tells. */
async function frozen(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const threads = await readdir(`/proc/${pid}/task`)
  // A thread that ends in between has no file any more.
  const stats = await Promise.all(
    threads.map(thread => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => '')),
  )
  return stats.every(stat => stat.includes(') T '))
}

/** Resolves when it ended or the grace is over. */
async function endGracefully(process: Supervised): Promise<void> {
  await process.signal('SIGTERM')
  // A stopped process takes the signal only when it goes on.
  await process.signal('SIGCONT')
  const over = new AbortController()
  const grace = pause(GRACE_MS, over.signal).catch(() => undefined)
  await Promise.race([process.exited, grace])
  over.abort()
  await grace
}

function alive(process: Supervised | undefined, name: string): Supervised {
  if (process === undefined || process.hasExited()) throw clusterError('bad_argument', `${name} is not running`)
  return process
}

const LOOPBACK = '127.0.0.1'

/** An address for documentation (RFC 5737): with no endpoint reconciler nothing ever connects to it. */
const ADVERTISED = '192.0.2.1'

function baseFlags(spec: ApiServerSpec): readonly string[] {
  const { pki, serving } = spec
  return [
    `--etcd-servers=${spec.etcd}`,
    `--secure-port=${spec.port}`,
    `--tls-cert-file=${serving.certFile}`,
    `--tls-private-key-file=${serving.keyFile}`,
    `--client-ca-file=${pki.caFile}`,
    `--requestheader-client-ca-file=${pki.frontProxyCaFile}`,
    `--requestheader-allowed-names=${FRONT_PROXY_USER}`,
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki.frontProxy.certFile}`,
    `--proxy-client-key-file=${pki.frontProxy.keyFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.serviceAccountPublicKeyFile}`,
    `--service-account-signing-key-file=${pki.serviceAccountKeyFile}`,
    '--profiling=false',
  ]
}

/** Who reaches it, and how: on loopback there are only simulated nodes, and aggregated servers on loopback. */
async function reachFlags({ network, pki }: ApiServerSpec): Promise<readonly string[]> {
  if (network === undefined)
    return [
      `--bind-address=${LOOPBACK}`,
      `--advertise-address=${ADVERTISED}`,
      // Lets an ExternalName service stand for an aggregated server on loopback.
      '--enable-aggregator-routing=false',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      '--endpoint-reconciler-type=none',
    ]
  const subject = { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] }
  const { certFile, keyFile } = await pki.clientFiles('kubelet-client', subject)
  return [
    `--bind-address=${network.address}`,
    `--advertise-address=${network.address}`,
    // To the addresses of pods: kube-proxy runs on the nodes only.
    '--enable-aggregator-routing=true',
    `--service-cluster-ip-range=${network.services}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--kubelet-client-certificate=${certFile}`,
    `--kubelet-client-key=${keyFile}`,
    '--kubelet-preferred-address-types=InternalIP',
  ]
}
