import { loadAll } from 'js-yaml'
import { isRecord } from '../../operator/kube/refusal.ts'
import type { CreateRequest } from '../../operator/rest/schema/bodies.ts'
import { fromSpec } from '../../operator/rest/schema/snake.ts'
import { UsageError } from '../cli/invocation.ts'

/** A plan as a file has it, and as the surface takes it. */
export type PlanFile = {
  readonly name: string
  /** Of the document in the file, from 0. */
  readonly position: number
  /** That a manifest names. */
  readonly namespace: string | undefined
  /** A RolloutPlan manifest, or the body of POST /v1/rollouts. */
  readonly kind: 'manifest' | 'body'
  readonly document: Readonly<Record<string, unknown>>
  readonly request: CreateRequest
}

/** The plans of a file, one a YAML document; of other objects in it there may be any number, and they are left alone. */
export function readPlans(file: string, text: string): readonly PlanFile[] {
  const plans = documentsOf(file, text).flatMap((document, position) => planOf(file, document, position) ?? [])
  if (plans.length === 0)
    throw new UsageError(
      `${file} has no plan: neither a RolloutPlan manifest nor an object with plan_id and artifact_ref`,
    )
  return plans
}

function documentsOf(file: string, text: string): readonly unknown[] {
  try {
    return loadAll(text)
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
    throw new UsageError(`${file} is no YAML: ${first}`)
  }
}

function planOf(file: string, document: unknown, position: number): PlanFile | undefined {
  if (document === null || document === undefined) return undefined
  if (!isRecord(document)) throw new UsageError(`${file} holds something that is no object`)
  const { kind, metadata, spec } = document
  if (kind === undefined && 'plan_id' in document) {
    const { plan_id } = document
    const name = String(plan_id)
    return { name, position, namespace: undefined, kind: 'body', document, request: { ...document, plan_id: name } }
  }
  if (kind !== 'RolloutPlan') return undefined
  const name = isRecord(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : ''
  const namespace = isRecord(metadata) && typeof metadata['namespace'] === 'string' ? metadata['namespace'] : undefined
  const body = fromSpec(spec)
  return {
    name,
    position,
    namespace,
    kind: 'manifest',
    document,
    request: { ...(isRecord(body) ? body : {}), plan_id: name },
  }
}
