import { REPORT_ANNOTATION, annotationsOf } from '../../operator/api/names.ts'
import type { PlanStatus, StageStatus } from '../../operator/api/rollout-plan-status.ts'
import type { Observed } from './observer.ts'
import { RELEASE, activationLabel } from './workload.ts'

const RUN = 'run'
const LABEL = activationLabel(RUN)
const own = annotationsOf(LABEL)
export const AT = '2026-01-01T00:00:00Z'

export type Stage = Partial<StageStatus> & { readonly id: string }
type Status = Omit<Partial<PlanStatus>, 'stages'> & { readonly stages: readonly Stage[] }

/** Versions of the objects of a made-up run, in the order in which they are made. */
export function versions() {
  const versions: Observed[] = []
  const add = (kind: Observed['kind'], object: { readonly metadata: object }): void => {
    const at = versions.length + 1
    const metadata = { namespace: RUN, resourceVersion: String(at), ...object.metadata }
    versions.push({
      kind,
      at,
      seenAt: Date.parse(AT),
      deleted: false,
      object: { ...object, metadata } as Observed['object'],
    })
  }
  return {
    versions,
    plan: ({ stages, ...status }: Status) =>
      add('plan', {
        metadata: { name: 'plan', uid: 'plan-uid' },
        spec: {
          release: RELEASE,
          activation: { label: LABEL },
          stages: ['one', 'two'].map(id => ({ id, batchSize: 2 })),
        },
        status: { phase: 'active', ...status, stages: stages.map(stage => ({ phase: 'pending', ...stage })) },
      } as never),
    members: (stage: string, ...nodes: readonly string[]) =>
      add('revision', {
        metadata: {
          name: `members-${stage}`,
          uid: stage,
          labels: { 'fleet.autonomyops.dev/plan-uid': 'plan-uid' },
        },
        data: { stage, digest: stage, members: nodes.map(name => [name, name]) },
      } as never),
    node: (name: string, ...told: readonly [] | readonly [stage: string, attempt?: number, report?: string]) => {
      const [stage, attempt = 1, report] = told
      const annotations =
        stage === undefined
          ? {}
          : {
              [own.planUid]: 'plan-uid',
              [own.stage]: stage,
              [own.attempt]: String(attempt),
              ...(report === undefined ? {} : { [REPORT_ANNOTATION]: report }),
            }
      const labels = { [LABEL]: stage === undefined ? '1' : RELEASE }
      const status = { conditions: [{ type: 'Ready', status: 'True' }] }
      add('node', { metadata: { name, uid: name, labels, annotations }, status } as never)
    },
    gone: (name: string) => {
      const last = versions.findLast(({ object }) => object.metadata.name === name)
      if (last) versions.push({ ...last, at: versions.length + 1, deleted: true })
    },
    recovery: (name: string, spec: object, phase = 'Pending') =>
      add('recovery', {
        metadata: { name, uid: name },
        spec: { planName: 'plan', operator: 'alice', ...spec },
        status: { phase },
      } as never),
  }
}
