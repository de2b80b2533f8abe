import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import type { PlanSpec } from '../../operator/api/rollout-plan.ts'
import type { RecoverySpec } from '../../operator/api/rollout-recovery.ts'

export const ROOT = join(import.meta.dirname, '../..')

/** Every example, as a path from the root of the repository. */
export const FILES: readonly string[] = globSync('examples/**/*.yaml', { cwd: ROOT }).sort()

/** The namespaces that the objects of a file name. */
export function namespacesOf(file: string): readonly string[] {
  const objects = loadAll(readFileSync(join(ROOT, file), 'utf8')) as Any[]
  return objects.flatMap(({ metadata: { namespace } }) => (namespace === undefined ? [] : [namespace]))
}

export type Example<Kind extends string, Spec> = {
  readonly kind: Kind
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: Spec
}
export type PlanExample = Example<'RolloutPlan', PlanSpec>
export type RecoveryExample = Example<'RolloutRecovery', RecoverySpec>
export type DaemonSetExample = Example<
  'DaemonSet',
  {
    readonly selector: { readonly matchLabels: Labels }
    readonly template: {
      readonly metadata: { readonly labels: Labels }
      readonly spec: { readonly nodeSelector: Labels; readonly containers: readonly { readonly image: string }[] }
    }
  }
>
type Labels = { readonly [key: string]: string }
type Any = PlanExample | RecoveryExample | DaemonSetExample | Example<'Namespace', undefined>

/** As the files have them: what a default fills in is absent. */
const objectsOf = (file: string) => loadAll(readFileSync(join(ROOT, file), 'utf8')) as Any[]
const objects = FILES.flatMap(objectsOf)

export const plans = objects.filter(object => object.kind === 'RolloutPlan')
/** Those of the fleet that the demo moves; the others are about something else and have no DaemonSets beside them. */
export const fleetPlans = FILES.filter(file => file.startsWith('examples/fleet/'))
  .flatMap(objectsOf)
  .filter(object => object.kind === 'RolloutPlan')
export const recoveries = objects.filter(object => object.kind === 'RolloutRecovery')
export const daemonSets = objects.filter(object => object.kind === 'DaemonSet')
export const namespaces = objects.filter(object => object.kind === 'Namespace')
