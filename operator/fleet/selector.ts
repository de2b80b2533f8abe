import type { Selector } from '../api/rollout-plan.ts'

type Labels = { readonly [key: string]: string }

/** Whether labels satisfy a selector, by the rules of every Kubernetes API; an absent or empty selector takes all. */
export function matches(selector: Selector | undefined, labels: Labels): boolean {
  if (!selector) return true
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key]
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value)
      case 'NotIn':
        return value === undefined || !values.includes(value)
      case 'Exists':
        return value !== undefined
      case 'DoesNotExist':
        return value === undefined
    }
  })
}

/**
 * Whether it is certain that no labels satisfy both selectors: they want different values under one key. Says false where
 * it would take more than a look.
 */
export function disjoint(a: Selector | undefined, b: Selector | undefined): boolean {
  const wanted = wantedValues(b)
  return [...wantedValues(a)].some(([key, values]) => wanted.get(key)?.every(value => !values.includes(value)) === true)
}

/** By key, the values one of which a selector wants; keys of which it does not say so are left out. */
function wantedValues(selector: Selector | undefined): ReadonlyMap<string, readonly string[]> {
  const lists = (selector?.matchExpressions ?? []).filter(({ operator }) => operator === 'In')
  return new Map([
    ...lists.map(({ key, values = [] }) => [key, values] as const),
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [key, [value]] as const),
  ])
}

/** The selector in the form of a `labelSelector` query parameter. */
export function selectorText(selector: Selector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`
      case 'NotIn':
        return `${key} notin (${values.join(',')})`
      case 'Exists':
        return key
      case 'DoesNotExist':
        return `!${key}`
    }
  })
  return [...equal, ...expressions].sort().join(',')
}
