/** What a request looks like before it is known to whom it goes. */
export type HttpRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  /** Below the connection's prefix: `/v1/rollouts`. */
  readonly path: string
  readonly query?: { readonly [name: string]: string | number | undefined }
  readonly headers?: { readonly [name: string]: string }
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal: AbortSignal
}

export type HttpAnswer = {
  readonly status: number
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string }
  readonly text: string
}

/** One request and its answer, whatever its status. Rejects with an `OrchestratorError`, or the signal's reason. */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>

/** Where requests go to, as people are told. */
export type Endpoint = {
  /** Origin and prefix: `https://10.0.0.1:6443/apis/orchestrator.autonomyops.dev`. */
  readonly address: string
  readonly exchange: Exchange
}
