import type { GatesBody } from '../../operator/rest/schema/bodies.ts'
import { age } from '../output/age.ts'
import type { Screen, Style } from '../output/screen.ts'
import { table } from '../output/table.ts'

type Gate = GatesBody['gates'][number]

const STYLES: { readonly [state in Gate['state']]: Style | undefined } = {
  passed: 'green',
  failed: 'red',
  unknown: 'yellow',
}

export function gatesText(gates: readonly Gate[], now: number, screen: Screen): string {
  return table(
    ['GATE', 'KIND', 'STATE', 'SINCE', 'DETAIL'].map(title => ({ title })),
    gates.map(({ name, kind, state, since, detail, dry_run: dry }) => [
      name,
      kind,
      { text: state, style: STYLES[state] },
      age(since, now),
      dry ? `${detail} (dry run: holds nothing up)` : detail,
    ]),
    screen,
  )
}
