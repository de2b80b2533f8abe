/** From the process that owns the cluster to its supervisor. */
export type Command =
  | {
      readonly kind: 'start'
      readonly id: number
      readonly command: string
      readonly args: readonly string[]
      readonly logFile?: string | undefined
    }
  | { readonly kind: 'signal'; readonly id: number; readonly signal: NodeJS.Signals }
  | { readonly kind: 'close' }

/** From the supervisor back. */
export type Report =
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | { readonly kind: 'unstartable'; readonly id: number; readonly reason: string }
  | { readonly kind: 'signalled'; readonly id: number }
  | {
      readonly kind: 'exited'
      readonly id: number
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
    }
