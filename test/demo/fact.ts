/** A claim of the demo, checked against the API server. */
export type Fact = { readonly claim: string; readonly holds: boolean; readonly found?: string }

export type Facts = {
  check(claim: string, holds: boolean, found?: string): void
  all(): readonly Fact[]
}

export function createFacts(): Facts {
  const facts: Fact[] = []
  return {
    check: (claim, holds, found) => void facts.push({ claim, holds, ...(found === undefined ? {} : { found }) }),
    all: () => facts,
  }
}

/** One line a fact; what was found instead where it does not hold. */
export function summaryOf(facts: readonly Fact[]): string {
  const lines = facts.map(({ claim, holds, found }) =>
    holds ? `  ✓ ${claim}` : `  ✗ ${claim}${found === undefined ? '' : ` (found: ${found})`}`,
  )
  const broken = facts.filter(({ holds }) => !holds).length
  const end =
    broken === 0 ? `${facts.length} facts checked, all hold` : `${broken} of ${facts.length} facts DO NOT HOLD`
  return [...lines, '', end].join('\n')
}
