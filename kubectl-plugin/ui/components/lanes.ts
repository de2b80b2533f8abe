import { type ReactNode, createElement } from 'react'
import { columnFor, laneColumns } from '../view/columns.ts'
import type { Lane } from '../view/lane.ts'
import { windowOf } from '../view/list.ts'
import { KINDS, type Kind, sentence, sum } from '../view/shares.ts'
import type { Tone } from '../view/span.ts'
import { Cells } from './cells.ts'
import { useLook } from './look.ts'
import { Pane } from './pane.ts'
import { legend, progressBar } from './progress-bar.ts'

type Props = {
  readonly lanes: readonly Lane[]
  /** Name of the stage that is chosen. */
  readonly chosen: string | undefined
  readonly columns: number
  readonly rows: number
  readonly gap: number
}

/** The stages, one a row. */
export function Lanes({ lanes, chosen, columns, rows, gap }: Props): ReactNode {
  const { glyphs, spoken } = useLook()
  const index = lanes.findIndex(({ stage, current }) => (chosen === undefined ? current : stage === chosen))
  const { from, to, above, below } = windowOf(lanes.length, Math.max(0, index), rows - 1)
  const shown = lanes.slice(from, to)
  const widths = laneColumns(columns - 4, {
    name: columnFor(
      lanes.map(({ stage }) => stage),
      24,
      5,
    ),
    phase: columnFor(
      lanes.map(({ phase }) => phase),
      10,
    ),
    progress: columnFor(
      lanes.map(({ progress }) => progress),
      13,
    ),
    trouble: columnFor(
      shown.map(({ trouble }) => trouble),
      Math.max(16, Math.floor(columns / 3)),
    ),
    time: columnFor(
      shown.map(({ time }) => time),
      20,
    ),
  })
  const hidden = above + below === 0 ? '' : ` ${from + 1}-${to} of ${lanes.length}`
  return createElement(
    Pane,
    {
      title: `STAGES${hidden}`,
      rows,
      gap,
      ...(columns < 60 ? {} : { aside: legend(glyphs, kindsIn(lanes)) }),
    },
    ...shown.map(lane =>
      createElement(Cells, {
        key: lane.stage,
        bold: lane.stage === chosen,
        cells: spoken
          ? [{ text: spokenLane(lane, lane.stage === chosen) }]
          : [
              { text: lane.stage === chosen ? glyphs.pointer : '', width: 1, tone: 'strong' },
              { text: markOf(lane, glyphs), width: 1, tone: toneOf(lane) },
              { text: lane.stage, width: widths.name },
              { text: lane.phase, width: widths.phase, tone: toneOf(lane) },
              ...(widths.bar === 0 ? [] : [progressBar(lane.shares, widths.bar, glyphs)]),
              { text: lane.progress, width: widths.progress, side: 'right' },
              { text: lane.trouble, width: widths.trouble, tone: lane.shares.failed > 0 ? 'bad' : 'plain' },
              { text: lane.time, width: widths.time, tone: 'quiet' },
            ],
      }),
    ),
  )
}

/** The signs that occur. */
function kindsIn(lanes: readonly Lane[]): readonly Kind[] {
  const all = sum(lanes.map(({ shares }) => shares))
  return KINDS.filter(kind => all[kind] > 0)
}

function spokenLane({ stage, phase, current, shares, time }: Lane, chosen: boolean): string {
  const words = [
    `stage ${stage}`,
    phase,
    sentence(shares),
    time,
    current ? 'current stage' : '',
    chosen ? 'selected' : '',
  ]
  return words.filter(Boolean).join(', ')
}

function toneOf({ phase, shares }: Lane): Tone {
  if (phase === 'promoted') return 'good'
  if (phase === 'skipped' || phase === 'halted') return 'warn'
  if (phase === 'open') return shares.failed > 0 ? 'bad' : 'busy'
  return 'quiet'
}

function markOf({ phase }: Lane, glyphs: ReturnType<typeof useLook>['glyphs']): string {
  if (phase === 'promoted') return glyphs.good
  if (phase === 'skipped') return glyphs.down
  if (phase === 'halted') return glyphs.stopped
  return phase === 'open' ? glyphs.moving : ' '
}
