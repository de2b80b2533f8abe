import type { Observed } from './observer.ts'
import { endFlaws } from './rules/end.ts'
import { NODE_RULES, SINGLE_WRITER_RULES } from './rules/node.ts'
import { PLAN_RULES } from './rules/plan.ts'
import { RECOVERY_RULES } from './rules/recovery.ts'
import type { Rule } from './rules/rule.ts'
import { TIME_RULES } from './rules/time.ts'
import type { AnyObject } from './watch.ts'
import { type Everything, type WirePlan, type WireRecovery, type WireRevision, worldIn } from './world.ts'

const RULES: readonly Rule[] = [...PLAN_RULES, ...NODE_RULES, ...RECOVERY_RULES, ...TIME_RULES]

export type JudgeOptions = {
  /**
   * Whether a write may be committed after something else was decided: a replica that was frozen or cut off, or a write
   * that was held up. Then a node that was released before a stop may be activated after it.
   */
  readonly late?: boolean
}

/** Goes through a run's history, write by write, and says what was wrong where, and in the end. */
export function flawsOf(history: readonly Observed[], options: JudgeOptions = {}): readonly string[] {
  const { underWay, atTheEnd } = judge(history, options)
  return [...underWay, ...atTheEnd]
}

/** Whether everything is now as it has to be when a run is over. */
export function isOver(history: readonly Observed[]): boolean {
  return judge(history, {}).atTheEnd.length === 0
}

function judge(history: readonly Observed[], { late = false }: JudgeOptions) {
  const rules = late ? RULES : [...RULES, ...SINGLE_WRITER_RULES]
  let everything: Everything = { plans: [], recoveries: [], nodes: [], revisions: [] }
  const applied = new Set<string>()
  const underWay = history.flatMap(version => {
    const before = everything
    everything = withVersion(before, version)
    const found = everything.plans.flatMap(({ metadata: { name } }) => {
      const committed = { version, before: worldIn(before, name), after: worldIn(everything, name), applied }
      return rules.flatMap(rule =>
        rule.flaws(committed).map(flaw => `${rule.name}: ${flaw} (${version.kind} at ${version.at})`),
      )
    })
    for (const { status } of everything.plans) if (status.lastRecovery) applied.add(status.lastRecovery.uid)
    return found
  })
  const atTheEnd = everything.plans.flatMap(({ metadata }) => endFlaws(worldIn(everything, metadata.name), applied))
  return { underWay, atTheEnd }
}

function withVersion(everything: Everything, { kind, object, deleted }: Observed): Everything {
  const merged = <T extends AnyObject>(list: readonly T[]): readonly T[] => {
    const others = list.filter(({ metadata }) => metadata.name !== object.metadata.name)
    return deleted ? others : [...others, object as T]
  }
  switch (kind) {
    case 'plan':
      return { ...everything, plans: merged<WirePlan>(everything.plans) }
    case 'recovery':
      return { ...everything, recoveries: merged<WireRecovery>(everything.recoveries) }
    case 'node':
      return { ...everything, nodes: merged(everything.nodes) }
    case 'revision':
      return { ...everything, revisions: merged<WireRevision>(everything.revisions) }
  }
}
