function header(description: string, schema: object) {
  return { description, schema }
}

/** Every header that an answer of the surface may carry, beside those of HTTP itself. */
export const HEADERS = {
  ETag: header('The version of the answer; give it back in If-None-Match.', { type: 'string', maxLength: 64 }),
  Location: header('The new plan, relative to the path of the request.', { type: 'string', maxLength: 256 }),
  Allow: header('The methods that the path serves.', { type: 'string', maxLength: 64 }),
  'Retry-After': header('Seconds after which to try again.', { type: 'integer', minimum: 1 }),
  'Audit-Id': header("Joins with the API server's own audit log and the operator's.", {
    type: 'string',
    maxLength: 64,
  }),
  'Idempotent-Replayed': header('true: an earlier, identical request took effect, and this is its answer.', {
    type: 'string',
    enum: ['true'],
  }),
  'Dry-Run': header('All: nothing was done.', { type: 'string', enum: ['All'] }),
} as const

export type HeaderName = keyof typeof HEADERS

/** The headers of a response, as references. */
export function headersOf(names: readonly HeaderName[]): { readonly [name: string]: object } {
  return Object.fromEntries(names.map(name => [name, { $ref: `#/components/headers/${name}` }]))
}
