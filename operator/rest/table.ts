import type { Form } from './negotiation.ts'
import type { RolloutBody } from './schema/bodies.ts'

/** How much of its object a row of a Table carries. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

type Metadata = RolloutBody['metadata']

/** What `kubectl get` prints; priority 1 is for `-o wide`. */
const COLUMNS = [
  column('Name', 'name', 'Name of the plan.', 0),
  column('Phase', '', 'Where the plan stands.', 0),
  column('Stage', '', 'The stage that is open, halted, or next to open.', 0),
  column('Progress', '', 'Activated nodes of all members known so far.', 0),
  column('Age', '', 'Time since the plan was created.', 0),
  column('Artifact', '', 'What the plan brings to its nodes.', 1),
  column('Release', '', 'Value of the activation label.', 1),
  column('Updated', '', 'When the plan last made progress.', 1),
  column('Status', '', 'Why it stands where it stands.', 1),
] as const

function column(name: string, format: string, description: string, priority: number) {
  return { name, type: 'string', format, description, priority } as const
}

/**
 * Gives an answer the form that was asked for; what is no plan and no list of plans stays as it is, since a client that
 * asks for a Table takes plain JSON too.
 *
 * @param includeObject the Table parameter
 */
export function inForm(form: Form, body: object, includeObject: IncludeObject, now: number): object {
  if (form === 'json' || !('kind' in body)) return body
  if (body.kind === 'Rollout') {
    const one = body as RolloutBody
    return form === 'table' ? table([one], {}, includeObject, now) : partial(one)
  }
  if (body.kind !== 'RolloutList') return body
  const { metadata, items } = body as unknown as { readonly metadata: object; readonly items: readonly RolloutBody[] }
  if (form === 'table') return table(items, metadata, includeObject, now)
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partial) }
}

function table(items: readonly RolloutBody[], metadata: object, includeObject: IncludeObject, now: number): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: COLUMNS,
    rows: items.map(item => ({
      cells: cells(item, now),
      ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? item : partial(item) }),
    })),
  }
}

function cells(item: RolloutBody, now: number): readonly string[] {
  const ready = item.conditions.find(({ type }) => type === 'Ready')
  return [
    item.plan_id,
    item.phase,
    item.current_stage_id ?? '',
    item.progress ?? '',
    age(now - Date.parse(item.created_at)),
    item.artifact_ref,
    item.release,
    item.updated_at,
    ready?.message ?? '',
  ]
}

function partial({ metadata }: { readonly metadata: Metadata }): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const

/** As kubectl prints ages of its own: the largest unit that is at least two, and seconds below. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [name, length] = UNITS.find(([, length]) => seconds >= 2 * length) ?? ['s', 1]
  return `${Math.floor(seconds / length)}${name}`
}
