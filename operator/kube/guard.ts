import type { Dispatcher } from 'undici'

/** The guard of a request kept it from being sent; `cause` is what it threw. */
export class WithheldError extends Error {
  override readonly name = 'WithheldError'
  readonly code = 'withheld'

  constructor(cause: unknown) {
    super('the request was not sent', { cause })
  }
}

/**
 * A dispatcher whose requests ask the guard when they have a connection and nothing of them is written yet. Before that
 * they may have waited: for one of the connections, for a handshake, or because the process was frozen.
 */
export function guarded(dispatcher: Dispatcher, guard: () => void): Dispatcher {
  return dispatcher.compose(
    dispatch => (options, handler) =>
      dispatch(options, {
        onRequestStart: (controller, context) => {
          ask(guard)
          handler.onRequestStart?.(controller, context)
        },
        onResponseStart: (...event) => handler.onResponseStart?.(...event),
        onResponseData: (...event) => handler.onResponseData?.(...event),
        onResponseEnd: (...event) => handler.onResponseEnd?.(...event),
        onResponseError: (...event) => handler.onResponseError?.(...event),
      }),
  )
}

function ask(guard: () => void): void {
  try {
    guard()
  } catch (error) {
    throw new WithheldError(error)
  }
}
