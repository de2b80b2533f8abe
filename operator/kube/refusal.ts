/** What is worth keeping of the body of a refusal. */
export type RefusalBody = {
  readonly reason: string
  readonly message: string
  readonly details?: RefusalDetails
}

export type RefusalDetails = {
  readonly name?: string
  readonly kind?: string
  readonly uid?: string
  readonly retryAfterSeconds?: number
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
}

/** A refusal's text is for people and for logs; a proxy's error page does not belong there in full. */
const longestMessage = 1024

/** Reads a metav1.Status, or anything else a server or a proxy in between may have answered: never throws. */
export function readRefusal(text: string): RefusalBody {
  const status = parseStatus(text)
  if (status === undefined) return { reason: '', message: clip(text.trim()) || 'no explanation' }
  const details = readDetails(status.details)
  return {
    reason: textOf(status.reason) ?? '',
    message: clip(textOf(status.message) ?? 'no explanation'),
    ...(details === undefined ? {} : { details }),
  }
}

/** A Status that arrived as a value, as the ERROR event of a watch does. */
export function refusalOf(status: Readonly<Record<string, unknown>>): RefusalBody {
  return readRefusal(JSON.stringify(status))
}

function parseStatus(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) && value.kind === 'Status' ? value : undefined
  } catch {
    return undefined
  }
}

function readDetails(value: unknown): RefusalDetails | undefined {
  if (!isRecord(value)) return undefined
  const causes = Array.isArray(value.causes) ? value.causes.filter(isRecord).slice(0, 20) : undefined
  const seconds = value.retryAfterSeconds
  return {
    ...only('name', textOf(value.name)),
    ...only('kind', textOf(value.kind)),
    ...only('uid', textOf(value.uid)),
    ...(typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {}),
    ...(causes === undefined
      ? {}
      : {
          causes: causes.map(cause => ({
            ...only('reason', textOf(cause.reason)),
            ...only('message', textOf(cause.message)),
            ...only('field', textOf(cause.field)),
          })),
        }),
  }
}

function only<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: string })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function clip(text: string): string {
  return text.length > longestMessage ? `${text.slice(0, longestMessage).toWellFormed()}…` : text
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
