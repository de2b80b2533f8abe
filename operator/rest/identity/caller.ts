/** Who is asking, as somebody that can be trusted has verified. */
export type Caller = {
  /** `system:anonymous` when nobody said anything; such a caller is refused before anything else. */
  readonly user: string
  readonly uid?: string
  /** `system:authenticated` included. */
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
  /** Who verified: kube-apiserver in front of us, or TokenReview for a bearer token. */
  readonly door: 'aggregated' | 'direct'
}
