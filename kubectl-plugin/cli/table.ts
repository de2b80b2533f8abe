import { halt, pause, resume } from '../commands/act.ts'
import { completion } from '../commands/completion.ts'
import { gateApprove } from '../commands/gate-approve.ts'
import { gateList } from '../commands/gate-list.ts'
import { gateReport } from '../commands/gate-report.ts'
import { history } from '../commands/history.ts'
import { lint } from '../commands/lint.ts'
import { nodes } from '../commands/nodes.ts'
import { planCancel } from '../commands/plan-cancel.ts'
import { planCreate } from '../commands/plan-create.ts'
import { planDescribe } from '../commands/plan-describe.ts'
import { planList } from '../commands/plan-list.ts'
import { preview } from '../commands/preview.ts'
import { recover } from '../commands/recover.ts'
import { status } from '../commands/status.ts'
import { stuck } from '../commands/stuck.ts'
import { watch } from '../commands/watch.ts'
import { version } from '../commands/version.ts'
import type { Command } from './command.ts'

/** Every command, in the order in which help tells them. */
export const COMMANDS: readonly Command[] = [
  watch,
  stuck,
  planList,
  planDescribe,
  nodes,
  gateList,
  history,
  recover,
  gateApprove,
  gateReport,
  halt,
  pause,
  resume,
  planCancel,
  status,
  lint,
  preview,
  planCreate,
  completion,
  version,
]
