import type { Screen } from '../output/screen.ts'
import { type Column, table } from '../output/table.ts'
import type { Stage } from './phase.ts'

const COLUMNS: readonly Column[] = [
  { title: 'STAGE' },
  { title: 'PHASE' },
  { title: 'NODES', align: 'right' },
  { title: 'ACTIVE', align: 'right' },
  { title: 'FLIGHT', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'AWAY', align: 'right' },
  { title: 'GATES' },
]

/** Numbers a stage: of nodes, activated, in flight, failed, and away (not Ready before their turn, or deleted). */
export function stagesText(stages: readonly Stage[], screen: Screen): string {
  const rows = stages.map(({ stage_id, phase, skipped, counts, gates }) => {
    const passed = gates.filter(gate => gate.passed).length
    const numbers =
      counts === undefined
        ? ['', '', '', '', '']
        : [counts.total, counts.activated, counts.activating, counts.failed, counts.unreachable + counts.gone].map(
            String,
          )
    return [
      stage_id,
      skipped === true ? 'skipped' : phase,
      ...numbers,
      gates.length === 0 ? '' : `${passed} of ${gates.length} passed`,
    ]
  })
  return table(COLUMNS, rows, screen)
}
