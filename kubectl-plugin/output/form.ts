import { UsageError } from '../cli/invocation.ts'
import type { Values } from '../cli/invocation.ts'
import { didYouMean, nearest } from '../cli/nearest.ts'

/** What `-o` asks for. */
export type Form =
  | { readonly kind: 'text'; readonly wide: boolean }
  | { readonly kind: 'json' }
  | { readonly kind: 'yaml' }
  | { readonly kind: 'name' }
  | { readonly kind: 'jsonpath'; readonly template: string }

const WORDS = ['json', 'yaml', 'wide', 'name', 'jsonpath'] as const

/** @throws UsageError */
export function formOf(values: Values): Form {
  const text = values.get('output')
  if (text === undefined) return { kind: 'text', wide: false }
  if (text === 'wide') return { kind: 'text', wide: true }
  if (text === 'json' || text === 'yaml' || text === 'name') return { kind: text }
  const template = /^jsonpath=(.*)$/s.exec(text)?.[1]
  if (template !== undefined && template !== '') return { kind: 'jsonpath', template }
  if (text.startsWith('jsonpath'))
    throw new UsageError("-o jsonpath needs a template: -o jsonpath='{.plans[*].plan_id}'")
  const near = didYouMean(nearest(text, WORDS, 1))
  throw new UsageError(`-o ${text} is not known; ${near || `known are ${WORDS.join(', ')}`}`)
}
