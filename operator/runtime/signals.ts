import type { Log } from './log.ts'

/** The part of `process` used here. */
export type SignalSource = {
  on(signal: 'SIGTERM' | 'SIGINT', handler: () => void): unknown
  off(signal: 'SIGTERM' | 'SIGINT', handler: () => void): unknown
  exit(code: number): unknown
}

/** The abort reason of a process that was told to stop. */
export class StopError extends Error {
  override readonly name = 'StopError'
  readonly code = 'stopped'
}

const numbers = { SIGTERM: 15, SIGINT: 2 } as const

/**
 * A signal that aborts at the first SIGTERM or SIGINT. A second one ends the process at once, with the status a shell
 * gives a process killed by it. Dispose to put the defaults back.
 */
export function stopSignal(log: Log, source: SignalSource = process): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const names = ['SIGTERM', 'SIGINT'] as const
  const handlers = names.map(name => {
    const handler = () => {
      if (controller.signal.aborted) {
        log.warn('told to stop a second time: ending at once', { signal: name })
        source.exit(128 + numbers[name])
        return
      }
      log.info('told to stop', { signal: name })
      controller.abort(new StopError(`received ${name}`))
    }
    source.on(name, handler)
    return { name, handler }
  })
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const { name, handler } of handlers) source.off(name, handler)
    },
  }
}
