import { rest } from '../model/plan.ts'
import type { Model } from '../model/state.ts'
import type { Cluster } from './cluster.ts'
import { asModelRecovery, differences, inform, verdictDifference } from './mirror.ts'
import { type Process, runToRest } from './operator.ts'

/**
 * Lets both sides do what is to be done now, and compares what they have made of it: phases, counts, labels,
 * judgements. Throws, in words, where they differ.
 */
export function agree(cluster: Cluster, operator: Process, model: Model, when: string): void {
  inform(model, cluster)
  const asked = [...cluster.recoveries.values()].filter(({ status }) => status.phase === 'Pending')
  runToRest(operator)
  const verdicts = rest(model, asked.map(asModelRecovery))
  const judged = asked.flatMap(({ metadata }, position) => {
    const recovery = cluster.recoveries.get(metadata.name)
    const verdict = verdicts[position]
    return recovery && verdict ? verdictDifference(recovery, verdict) : [`${metadata.name} is gone`]
  })
  const found = [...judged, ...differences(model, cluster)]
  if (found.length > 0) throw new Error(`${when}, the domain and its model differ:\n${found.join('\n')}`)
}
