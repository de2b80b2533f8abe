import { Failure } from './failure.ts'

/** The forms in which Kubernetes clients ask for an answer. */
export type Form = 'json' | 'table' | 'partial'

/**
 * Reads an Accept header: the first form in it that is served. An absent one means JSON.
 *
 * `as=Table` and `as=PartialObjectMetadata(List)` are those of
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 *
 * @throws Failure 406 when no form that is served is accepted
 */
export function formOf(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === '') return 'json'
  const wishes = accept.split(',').map(part => part.split(';').map(text => text.trim().toLowerCase()))
  const byWeight = wishes
    .map(([type = '', ...parameters], index) => ({ type, parameters, index, weight: weightOf(parameters) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
  for (const { type, parameters } of byWeight) {
    if (type !== 'application/json' && type !== 'application/*' && type !== '*/*') continue
    const as = parameters.find(parameter => parameter.startsWith('as='))?.slice(3)
    const ours = parameters.includes('g=meta.k8s.io') && parameters.includes('v=v1')
    if (as === undefined) return 'json'
    if (as === 'table' && ours) return 'table'
    if ((as === 'partialobjectmetadata' || as === 'partialobjectmetadatalist') && ours) return 'partial'
  }
  throw new Failure({
    code: 406,
    reason: 'NotAcceptable',
    error: 'not_acceptable',
    message: 'answers are application/json; accept it, or leave the Accept header out',
    causes: [{ field: 'Accept', message: 'must allow application/json' }],
  })
}

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find(parameter => parameter.startsWith('q='))?.slice(2)
  const value = weight === undefined ? 1 : Number(weight)
  return value >= 0 && value <= 1 ? value : 0
}
