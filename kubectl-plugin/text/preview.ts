import type { FleetNode } from '../../operator/fleet/node.ts'
import { span } from '../output/age.ts'
import { type Screen, paint } from '../output/screen.ts'
import { type Column, table } from '../output/table.ts'
import type { Draw } from '../preview/draw.ts'
import type { Forecast, Range, StageForecast } from '../preview/forecast.ts'

export type PreviewView = {
  readonly plan: string
  readonly forecast: Forecast
  readonly draws: readonly Draw[]
  readonly warnings: readonly string[]
  /** Of the cluster. */
  readonly total: number
}

/** Names that a line lists before it says how many more there are. */
const MOST_NAMES = 12

const COLUMNS: readonly Column[] = [
  { title: 'STAGE' },
  { title: 'NODES', align: 'right' },
  { title: 'BATCH', align: 'right' },
  { title: 'ROUNDS', align: 'right' },
  { title: 'MAY FAIL', align: 'right' },
  { title: 'MAY BE AWAY', align: 'right' },
  { title: 'AT BEST' },
  { title: 'APPROVALS' },
]

export function previewText(view: PreviewView, wide: boolean, screen: Screen): string {
  const { plan, forecast, total, warnings } = view
  const { stages, fleet, unassigned } = forecast
  const best = stages.reduce((sum, { bestSeconds }) => sum + bestSeconds, 0)
  const approvals = stages.reduce((sum, stage) => sum + stage.approvals, 0)
  const rows = stages.map(stage => [
    stage.stage,
    rangeText(stage.size),
    String(stage.batch),
    String(stage.rounds),
    String(stage.tolerated.failed),
    String(stage.tolerated.unreachable),
    span(stage.bestSeconds),
    stage.approvals === 0 ? '' : String(stage.approvals),
  ])
  const people = approvals === 0 ? '' : `, and ${approvals} ${approvals === 1 ? 'approval' : 'approvals'} by people`
  return [
    `Plan ${plan}: the fleet is ${fleet.length} of ${total} nodes; at best it takes ${span(best)}${people}.\n\n`,
    table(COLUMNS, rows, screen),
    `\n${paint(screen, 'bold', 'Which nodes:')}\n`,
    ...stages.map(stage => `  ${stage.stage}: ${whichText(stage, wide)}\n`),
    ...(unassigned.length === 0 ? [] : [`  no stage: ${namesText(unassigned, wide)}\n`]),
    ...(wide ? drawText(view, screen) : []),
    ...warnings.map(warning => `\n${paint(screen, 'yellow', 'warning')}: ${warning}`),
    ...(warnings.length === 0 ? [] : ['\n']),
  ].join('')
}

/** Batches of one possible draw: which it will be is known when the plan has its UID. */
function drawText({ draws, forecast }: PreviewView, screen: Screen): readonly string[] {
  return [
    `\n${paint(screen, 'bold', 'One possible draw, batch by batch (the order is drawn anew for each plan):')}\n`,
    ...draws.flatMap(({ stage, nodes }, index) => {
      const { batch } = forecast.stages[index]!
      const batches = Array.from({ length: Math.ceil(nodes.length / batch) }, (_, at) =>
        nodes.slice(at * batch, (at + 1) * batch),
      )
      return batches.map((names, at) => `  ${stage} ${at + 1}: ${names.join(', ')}\n`)
    }),
  ]
}

function whichText({ size, certain, drawnFrom }: StageForecast, wide: boolean): string {
  if (size.most === 0) return 'none'
  const drawn = {
    least: Math.max(0, size.least - certain.length),
    most: size.most - certain.length,
  }
  const parts = [
    ...(certain.length === 0 ? [] : [namesText(certain, wide)]),
    ...(drawn.most <= 0
      ? []
      : [`${rangeText(drawn)} of ${drawnFrom.length} that are drawn from: ${namesText(drawnFrom, wide)}`]),
  ]
  return parts.join('; and ')
}

function namesText(nodes: readonly FleetNode[], wide: boolean): string {
  const names = nodes.map(({ metadata }) => metadata.name).sort(byNumber)
  const most = wide ? Infinity : MOST_NAMES
  const more = names.length - most
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const collator = new Intl.Collator('en', { numeric: true })

function byNumber(a: string, b: string): number {
  return collator.compare(a, b)
}

function rangeText({ least, most }: Range): string {
  return least === most ? String(most) : `${least}-${most}`
}
