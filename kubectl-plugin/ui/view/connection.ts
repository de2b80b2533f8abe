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
      const { lastAt, retryAt } = connection
      const again = `trying again ${retryAt <= now ? 'now' : `in ${short(retryAt - now + 999)}`}`
      return lastAt === undefined ? `not connected, ${again}` : `CONNECTION LOST ${short(now - lastAt)} ago, ${again}`
    }
  }
}
