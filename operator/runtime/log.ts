import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type Fields = Readonly<Record<string, unknown>>

/** What every part needs of a logger. `fields.error` may hold anything that was thrown. */
export type Log = {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** A logger whose every line carries `fields`. */
  child(fields: Fields): Log
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export type LogOptions = {
  /** Default `info`. */
  readonly level?: LogLevel
  /** Where lines go; default standard error, which leaves standard output to the audit trail. */
  readonly destination?: DestinationStream
  /** One JSON object a line, or text for people. Default: text when standard error is a terminal. */
  readonly format?: 'json' | 'text'
}

export function createLog(options: LogOptions = {}): Log {
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true })
  const format = options.format ?? (options.destination === undefined && process.stderr.isTTY ? 'text' : 'json')
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { error: describeError },
    },
    format === 'json' ? destination : { write: line => destination.write(readable(line)) },
  )
  return wrap(logger)
}

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    child: fields => wrap(logger.child(fields)),
  }
}

/**
 * An error as fields: name, code, message, stack and the chain of causes. Only these are read, so that a client's
 * error object with headers or a body hanging on it cannot carry a credential into the log.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, reason } = error as { code?: unknown; reason?: unknown }
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    message: error.message,
    ...(depth === 0 ? { stack: error.stack } : {}),
    ...(error.cause === undefined || depth > 4 ? {} : { cause: describeError(error.cause, depth + 1) }),
  }
}

function readable(line: string): string {
  const { time, level, msg, error, ...fields } = JSON.parse(line) as Record<string, unknown>
  const tail = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}`
  const stack = error === undefined ? '' : `\n  ${explain(error)}`
  return `${[head, ...tail].join(' ')}${stack}\n`
}

function explain(error: unknown): string {
  const { message, stack, cause } = error as { message?: string; stack?: string; cause?: unknown }
  const text = (stack ?? message ?? String(error)).replaceAll('\n', '\n  ')
  return cause === undefined ? text : `${text}\n  caused by: ${explain(cause)}`
}
