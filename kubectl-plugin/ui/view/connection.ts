import { short } from './duration.ts'

/** Whether what is on the screen is what is the case. */
export type Connection =
  | { readonly kind: 'connecting'; readonly since: number }
  | { readonly kind: 'live'; readonly at: number }
  | {
      readonly kind: 'lost'
      /** When the last answer came; undefined when there never was one. */
      readonly lastAt: number | undefined
      readonly failures: number
      readonly why: string
      /** Somebody answered, and said no: the plan is gone, or may not be read any more. */
      readonly answered: boolean
      readonly retryAt: number
    }

/** Epoch milliseconds, all of them. */
export function connectionWords(connection: Connection, now: number): string {
  switch (connection.kind) {
    case 'connecting':
      return `connecting for ${short(now - connection.since)}`
    case 'live':
      return now - connection.at < 5_000 ? 'live' : `as of ${short(now - connection.at)} ago`
    case 'lost': {
      const { lastAt, retryAt, answered } = connection
      const again = `trying again ${retryAt <= now ? 'now' : `in ${short(retryAt - now + 999)}`}`
      if (lastAt === undefined) return `not connected, ${again}`
      return `${answered ? 'NOT READABLE for' : 'CONNECTION LOST for'} ${short(now - lastAt)}, ${again}`
    }
  }
}
