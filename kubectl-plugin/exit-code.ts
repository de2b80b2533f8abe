/** How the program ends, for scripts and pipelines. The same for every command; `rollout status` uses them all. */
export const EXIT = {
  completed: 0,
  /** Refused, failed, rolled back or cancelled. */
  failed: 1,
  usage: 2,
  stuck: 3,
  timeout: 4,
  /** 401 and 403. */
  denied: 5,
  /** Nothing that could be used answered: no connection, TLS, a wrong address, no credentials, no operator behind it. */
  unreachable: 6,
  /** 128 and SIGINT's number, as shells have it. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
