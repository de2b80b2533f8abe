import { mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, fetch } from 'undici'
import { answersOk, startComponent } from '../cluster/component.ts'
import { clusterError } from '../cluster/error.ts'
import { freePorts } from '../cluster/port.ts'
import { startSupervisor } from '../cluster/supervisor.ts'
import { type Guard, writeGuard } from './guard.ts'
import { resolvePrometheus } from './programs.ts'

export type PrometheusOptions = {
  /** Entries of `scrape_configs`, as in prometheus.yml; those without an interval are scraped every second. */
  readonly scrape: readonly object[]
  /** Paths of rule files, evaluated every second unless a group says otherwise. */
  readonly rules?: readonly string[]
  /** More command-line flags: `--web.enable-remote-write-receiver`. */
  readonly flags?: readonly string[]
  /** It answers those alone who have the password. */
  readonly guard?: Guard
  /** Ends the start; a running server is ended by `stop`. */
  readonly signal?: AbortSignal
}

/** One series of an answer, at one moment. */
export type Sample = { readonly metric: { readonly [label: string]: string }; readonly value: number }

export type Alert = {
  readonly state: 'pending' | 'firing' | 'inactive'
  readonly labels: { readonly [label: string]: string }
  readonly annotations: { readonly [name: string]: string }
}

export type Prometheus = {
  /** `http://127.0.0.1:<port>`, or `https` with a guard. */
  readonly url: string
  /** The samples of an instant vector or of a scalar, now. Rejects with Prometheus' own words when it refuses. */
  query(promql: string): Promise<readonly Sample[]>
  /** Alerts that are pending or firing. */
  alerts(): Promise<readonly Alert[]>
  /** `data` of any other answer of its API: `get('targets')`. */
  get(path: string, parameters?: { readonly [name: string]: string }): Promise<unknown>
  /** Ends it as `kill` does, and resolves when it is gone; what it stored stays. */
  end(): Promise<void>
  /** Starts it again at the same address, with what it stored. */
  startAgain(): Promise<void>
  /** It takes connections and answers none, until `thaw`. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** It answers by this guard, whose password is the same: by its certificate on connections to come, by its name at once. */
  reguard(next: Guard): Promise<void>
  /** Ends it and removes what it stored. Idempotent. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Bound of one question, in milliseconds. */
const ANSWER_WITHIN = 10_000

/** So many ports are tried at most. */
const PORTS = 3

/** Another process may take a port between the look whether it is free and its use. */
async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (const port of await freePorts(PORTS - 1))
    try {
      return await start(port)
    } catch (error) {
      if (!String(error).includes('address already in use')) throw error
    }
  const [port = 0] = await freePorts(1)
  return await start(port)
}

/**
 * Starts a real Prometheus on loopback, on a free port and with a folder of its own, and resolves when it is ready.
 * Whatever happens to this process, nothing of it outlives it.
 *
 * Rejects with `component_failed` and the end of its log when it does not accept its configuration or rules.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { scrape, rules = [], flags = [], guard, signal } = options
  const { prometheus } = await resolvePrometheus({ signal })
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'autonomy-prometheus-')))
  const supervisor = await startSupervisor(folder)
  const agent = new Agent({ connect: guard === undefined ? {} : { ca: guard.ca } })
  const stop = async () => {
    await agent.destroy()
    await supervisor.close()
  }
  try {
    const configuration = join(folder, 'prometheus.yml')
    const global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' }
    // JSON is YAML.
    await writeFile(configuration, JSON.stringify({ global, rule_files: rules, scrape_configs: scrape }))
    const guarded = guard === undefined ? [] : [`--web.config.file=${await writeGuard(folder, guard)}`]
    const start = async (port: number) => {
      const args = [
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
        ...guarded,
        ...flags,
      ]
      const url = `${guard === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
      const ready = async () => await answersOk(withPassword(`${url}/-/ready`, guard), guard?.ca)
      const component = { name: 'prometheus', command: prometheus, args }
      return { url, port, process: await startComponent({ folder, supervisor, signal }, component, ready) }
    }
    const started = await onFreePort(start)
    const { url, port } = started
    let { process } = started
    const get: Prometheus['get'] = async (path, parameters = {}) => {
      const headers = guard === undefined ? {} : { authorization: basic(guard) }
      return await ask(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, { dispatcher: agent, headers })
    }
    return {
      url,
      get,
      query: async promql => samplesOf(await get('query', { query: promql })),
      alerts: async () => ((await get('alerts')) as { readonly alerts: readonly Alert[] }).alerts,
      end: async () => {
        await process.signal('SIGTERM')
        await process.exited
      },
      startAgain: async () => void (process = (await start(port)).process),
      freeze: async () => await process.signal('SIGSTOP'),
      thaw: async () => await process.signal('SIGCONT'),
      reguard: async next => void (await writeGuard(folder, next)),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Envelope = { readonly status: 'success' | 'error'; readonly data?: unknown; readonly error?: string }

type Caller = { readonly dispatcher: Agent; readonly headers: { readonly [name: string]: string } }

async function ask(question: string, caller: Caller): Promise<unknown> {
  const answer = await fetch(question, { ...caller, signal: AbortSignal.timeout(ANSWER_WITHIN) })
  const { status, data, error } = (await answer.json()) as Envelope
  if (status === 'success') return data
  throw clusterError('request_failed', `Prometheus answers ${question} with ${answer.status}: ${error}`)
}

function withPassword(url: string, guard: Guard | undefined): string {
  if (guard === undefined) return url
  return Object.assign(new URL(url), { username: guard.username, password: guard.password }).href
}

function basic({ username, password }: Guard): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

type Point = readonly [seconds: number, value: string]
type Result =
  | {
      readonly resultType: 'vector'
      readonly result: readonly { readonly metric: Sample['metric']; readonly value: Point }[]
    }
  | { readonly resultType: 'scalar'; readonly result: Point }
  | { readonly resultType: 'matrix' | 'string' }

function samplesOf(data: unknown): readonly Sample[] {
  const answer = data as Result
  switch (answer.resultType) {
    case 'vector':
      return answer.result.map(({ metric, value }) => ({ metric, value: numberOf(value) }))
    case 'scalar':
      return [{ metric: {}, value: numberOf(answer.result) }]
    default:
      throw clusterError('bad_argument', `a query of type ${answer.resultType} has no value at one moment`)
  }
}

/** Prometheus writes `+Inf`, which `Number` does not read. */
function numberOf([, text]: Point): number {
  return Number(text.replace('Inf', 'Infinity'))
}
