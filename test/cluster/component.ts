import { readFile } from 'node:fs/promises'
import { get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'
import { join } from 'node:path'
import { clusterError, systemCode } from './error.ts'
import type { ProcessSpec, Supervised, Supervisor } from './supervisor.ts'
import { until } from './wait.ts'

/** What a part of the control plane needs to run. */
export interface Ground {
  readonly folder: string
  readonly supervisor: Supervisor
  readonly signal: AbortSignal | undefined
}

export interface ComponentSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

/** Bound for a component to become ready, in milliseconds: a second when idle, far more on a busy machine. */
const READY_WITHIN_MS = 90_000

export const logFileOf = (folder: string, name: string): string => join(folder, `${name}.log`)

/**
 * Starts a component and resolves when `ready` says yes.
 *
 * Rejects with `component_failed` when it ends before that, and with `not_in_time` after the bound;
 * either error carries the end of its log.
 */
export async function startComponent(
  ground: Ground,
  spec: ComponentSpec,
  ready: (signal: AbortSignal | undefined) => Promise<boolean>,
): Promise<Supervised> {
  const logFile = logFileOf(ground.folder, spec.name)
  const processSpec: ProcessSpec = { ...spec, logFile }
  const component = await ground.supervisor.start(processSpec)
  const probe = async (signal: AbortSignal | undefined) => {
    if (component.hasExited()) {
      const { code, signal: by } = await component.exited
      const how = by === null ? `with code ${code}` : `by ${by}`
      throw clusterError('component_failed', `${spec.name} ended ${how}; its log ends:\n${await tail(logFile)}`)
    }
    return await ready(signal)
  }
  try {
    await until(probe, { what: `${spec.name} is ready`, withinMs: READY_WITHIN_MS, everyMs: 50, signal: ground.signal })
  } catch (error) {
    if (systemCode(error) !== 'not_in_time') throw error
    const message = `${spec.name} was not ready within ${READY_WITHIN_MS} ms; its log ends:\n${await tail(logFile)}`
    throw clusterError('not_in_time', message, error)
  }
  return component
}

/** The last lines of a log; a file that does not exist has none. */
export async function tail(file: string, lines = 15): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  }
}

/** True when a GET of the address answers 200; anything else, silence included, is "not yet". */
export async function answersOk(url: string, caPem?: string): Promise<boolean> {
  const options = { timeout: 1000, agent: false as const, ...(caPem === undefined ? {} : { ca: caPem }) }
  const get = url.startsWith('https:') ? httpsGet : httpGet
  return await new Promise(resolve => {
    const request = get(url, options, response => {
      response.resume()
      response.once('close', () => resolve(response.statusCode === 200))
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
  })
}
